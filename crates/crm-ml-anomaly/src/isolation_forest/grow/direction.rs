//! Along what the rows of a node are cut.

use std::ops::Range;

use super::Grower;
use super::column::{Kind, Scaled, codes, frequencies, kurtosis, limits, spread};
use crate::isolation_forest::tree::{Cut, Level, Side, Slope, Span, Term, Tree};
use crate::isolation_forest::{ColumnChoice, NewCategAction};

/// A direction; where the rows lie along it are the values of the [`Grower`].
#[derive(Debug, Clone)]
pub(super) enum Direction {
    Column(usize),
    /// Every level that the node has, with its value.
    Levels(usize, Vec<Level>),
    Sloped(Vec<Inclined>),
}

/// A column of a sloped cut.
#[derive(Debug, Clone)]
pub(super) struct Inclined {
    column: usize,
    slope: Incline,
    middle: f64,
}

#[derive(Debug, Clone)]
enum Incline {
    Times(f64),
    Levels(Vec<Level>),
}

impl Grower<'_> {
    /// Draws a direction along which the node's rows differ, and leaves where they lie in the values; `None` if they are alike.
    /// What a `guided` cut of a category sees are the frequencies of the levels.
    pub(super) fn direction(&mut self, rows: Range<usize>, guided: bool) -> Option<Direction> {
        let chosen = self.choose(rows.clone());
        let first = *chosen.first()?;
        if chosen.len() > 1 {
            let inclined: Vec<Inclined> = self.inclined(rows.clone(), &chosen);
            let (low, high) = limits(&self.values);
            if low < high {
                return Some(Direction::Sloped(inclined));
            }
        }
        self.gather(rows, first);
        let column = &self.sample.columns[first];
        let place = column.place;
        Some(match column.kind {
            Kind::Real => Direction::Column(place),
            Kind::Category => Direction::Levels(place, self.levels(guided)),
        })
    }

    /// As many columns as a cut takes, out of those in which the node's rows differ.
    fn choose(&mut self, rows: Range<usize>) -> Vec<usize> {
        let wanted = self.forest.ndim.min(self.columns.len());
        let mut chosen = Vec::with_capacity(wanted);
        if self.forest.column_choice == ColumnChoice::Uniform {
            for i in 0..self.columns.len() {
                let pick = i + self.stream.below(self.columns.len() - i);
                self.columns.swap(i, pick);
                if self.varies(rows.clone(), self.columns[i]) {
                    chosen.push(self.columns[i]);
                }
                if chosen.len() == wanted {
                    break;
                }
            }
            return chosen;
        }
        let mut weights: Vec<f64> =
            (0..self.columns.len()).map(|column| self.weight(rows.clone(), column)).collect();
        while chosen.len() < wanted {
            let Some(column) = self.weighted(&weights) else { break };
            weights[column] = 0.0;
            chosen.push(column);
        }
        chosen
    }

    /// A column, drawn by these weights; `None` where all are 0.
    fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let mut left = self.stream.uniform() * weights.iter().sum::<f64>();
        let mut last = None;
        for (column, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            last = Some(column);
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    fn gather(&mut self, rows: Range<usize>, column: usize) {
        let cells = self.sample.cells(column);
        self.values.clear();
        self.values.extend(self.order[rows].iter().map(|row| cells[*row as usize]));
    }

    fn varies(&mut self, rows: Range<usize>, column: usize) -> bool {
        self.gather(rows, column);
        match self.sample.columns[column].kind {
            Kind::Real => {
                let (low, high) = limits(&self.values);
                low < high
            }
            Kind::Category => codes(&self.values).len() > 1,
        }
    }

    /// In proportion to what a column is chosen; 0 where the node's rows do not differ.
    fn weight(&mut self, rows: Range<usize>, column: usize) -> f64 {
        self.gather(rows, column);
        let column = &self.sample.columns[column];
        match self.forest.column_choice {
            ColumnChoice::Uniform => 1.0,
            ColumnChoice::Range => match spread(column.kind, &self.values) {
                spread if spread > 0.0 => spread / column.spread,
                // A range that is too small to be halved.
                _ => 0.0,
            },
            ColumnChoice::Kurtosis => kurtosis(column.kind, &self.values),
        }
    }

    /// The levels in the values, which are replaced by those of their levels: 1 or -1 at random, or frequencies.
    fn levels(&mut self, guided: bool) -> Vec<Level> {
        let codes = codes(&self.values);
        let frequencies = frequencies(&self.values);
        let mut levels: Vec<Level> = codes.into_iter().map(|code| Level { code, value: 0.0 }).collect();
        if guided {
            for (cell, frequency) in self.values.iter().zip(&frequencies) {
                if let Some(level) = levels.iter_mut().find(|level| f64::from(level.code) == *cell) {
                    level.value = *frequency;
                }
            }
        } else {
            for level in &mut levels {
                level.value = if self.stream.bits() & 1 == 0 { -1.0 } else { 1.0 };
            }
            // Both sides have a level.
            if levels.windows(2).all(|pair| pair[0].value == pair[1].value) {
                let turned = self.stream.below(levels.len());
                levels[turned].value = -levels[turned].value;
            }
        }
        for cell in &mut self.values {
            *cell = value_of(&levels, *cell).unwrap_or(f64::NAN);
        }
        levels
    }

    /// Sums the columns, each with a random slope, into the values.
    fn inclined(&mut self, rows: Range<usize>, columns: &[usize]) -> Vec<Inclined> {
        let mut sums = vec![0.0; rows.len()];
        let mut inclined = Vec::with_capacity(columns.len());
        for &column in columns {
            self.gather(rows.clone(), column);
            let described = &self.sample.columns[column];
            let (column, kind) = (described.place, described.kind);
            let (slope, middle) = match kind {
                Kind::Real => {
                    let Some((slope, middle)) = self.slope() else { continue };
                    for value in &mut self.values {
                        *value = if value.is_nan() { middle } else { slope * *value };
                    }
                    (Incline::Times(slope), middle)
                }
                Kind::Category => (Incline::Levels(self.slopes()), 0.0),
            };
            sums.iter_mut().zip(&self.values).for_each(|(sum, value)| *sum += value);
            inclined.push(Inclined { column, slope, middle });
        }
        self.values = sums;
        inclined
    }

    /// A slope for a real column, in units of its standard deviation, and what it makes of the median; `None` where there is no
    /// such number.
    fn slope(&mut self) -> Option<(f64, f64)> {
        let drawn = self.stream.normal();
        let scaled = Scaled::new(&self.values)?;
        let [_, _, second, _] = scaled.moments(&self.values);
        let slope = scaled.per_range(drawn / second.sqrt());
        self.spare_values.clear();
        self.spare_values.extend(self.values.iter().filter(|value| !value.is_nan()));
        let middle = (self.spare_values.len().max(1) - 1) / 2;
        let (_, median, _) = self.spare_values.select_nth_unstable_by(middle, f64::total_cmp);
        let middle = slope * *median;
        (slope.is_finite() && middle.is_finite()).then_some((slope, middle))
    }

    /// A slope a level, 0 in the mean over the rows, which is left in the values.
    fn slopes(&mut self) -> Vec<Level> {
        let codes = codes(&self.values);
        let mut levels: Vec<Level> =
            codes.into_iter().map(|code| Level { code, value: self.stream.normal() }).collect();
        let known: Vec<f64> = self.values.iter().filter_map(|cell| value_of(&levels, *cell)).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        levels.iter_mut().for_each(|level| level.value -= mean);
        for cell in &mut self.values {
            *cell = value_of(&levels, *cell).unwrap_or(0.0);
        }
        levels
    }
}

fn value_of(levels: &[Level], cell: f64) -> Option<f64> {
    levels.iter().find(|level| f64::from(level.code) == cell).map(|level| level.value)
}

impl Direction {
    /// The cut at a threshold, its lists put at the end of the tree's.
    pub(super) fn into_cut(
        self,
        tree: &mut Tree,
        threshold: f64,
        new: NewCategAction,
        left_has_more: bool,
    ) -> Cut {
        match self {
            Self::Column(column) => Cut::Threshold { column: column as u32, threshold },
            Self::Levels(column, levels) => {
                let sides = levels.into_iter().map(|Level { code, value }| {
                    let value = if value > threshold { 1.0 } else { -1.0 };
                    Level { code, value }
                });
                let unseen = match new {
                    NewCategAction::Weighted => Side::Both,
                    NewCategAction::Smallest if left_has_more => Side::Right,
                    NewCategAction::Smallest => Side::Left,
                };
                Cut::Levels { column: column as u32, levels: append(&mut tree.levels, sides), unseen }
            }
            Self::Sloped(inclined) => {
                let term = |Inclined { column, slope, middle }: Inclined| {
                    let slope = match slope {
                        Incline::Times(slope) => Slope::Times(slope),
                        Incline::Levels(levels) => Slope::Levels(append(&mut tree.levels, levels)),
                    };
                    Term { column: column as u32, slope, middle }
                };
                let terms: Vec<Term> = inclined.into_iter().map(term).collect();
                Cut::Sloped { terms: append(&mut tree.terms, terms), threshold }
            }
        }
    }
}

fn append<T>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) -> Span {
    let first = list.len();
    list.extend(more);
    Span::new(first..list.len())
}
