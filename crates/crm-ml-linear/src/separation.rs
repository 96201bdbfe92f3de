//! Whether classes are so far apart that no finite coefficients are best.

use crm_ml_core::Samples;
use ndarray::ArrayView2;

use crate::terms::{Term, Terms};

/// From this margin on a fitted probability is 0 or 1 for all practical purposes (R's `glm` warns from 36 on; a fit that is
/// stopped earlier by its tolerance does not get there).
const SURE: f64 = 15.0;
/// Names that are told at most.
const TOLD: usize = 5;

/// Rows with their margins (one column for two classes) and classes.
pub(crate) struct Separation<'a> {
    pub(crate) samples: &'a Samples<'a>,
    pub(crate) terms: &'a Terms,
    pub(crate) margins: ArrayView2<'a, f64>,
    /// The class of every row; rows of shared classes have none.
    pub(crate) class: &'a dyn Fn(usize) -> Option<usize>,
    pub(crate) weights: &'a [f64],
}

impl Separation<'_> {
    /// What a reader should know, if there is anything.
    pub(crate) fn note(&self) -> Option<String> {
        let (mut apart, mut sure, mut rows) = (true, 0usize, 0usize);
        for (row, margins) in self.margins.rows().into_iter().enumerate() {
            if self.weights[row] == 0.0 {
                continue;
            }
            rows += 1;
            let Some(class) = (self.class)(row) else {
                apart = false;
                continue;
            };
            // How far the row's own class is ahead of the next.
            let lead = if margins.len() == 1 {
                if class == 1 { margins[0] } else { -margins[0] }
            } else {
                let others = margins.iter().enumerate().filter(|(c, _)| *c != class);
                margins[class] - others.fold(f64::NEG_INFINITY, |most, (_, m)| most.max(*m))
            };
            apart &= lead > 0.0;
            sure += usize::from(lead >= SURE);
        }
        if rows == 0 || !(apart || sure > 0) {
            return None;
        }
        let found = self.columns();
        let by = if found.is_empty() { String::new() } else { format!(", by {} alone", found.join(", ")) };
        if apart {
            return Some(format!(
                "the classes are separated perfectly{by}: without penalty the coefficients have no finite best values"
            ));
        }
        Some(format!(
            "{sure} of {rows} rows have fitted probabilities of 0 or 1{by}: where part of the rows is separated, coefficients have no \
             finite best values without penalty"
        ))
    }

    /// Names of columns that part two classes, and of levels with rows of one class alone.
    fn columns(&self) -> Vec<String> {
        let names = self.terms.names(self.samples.schema());
        let mut found = Vec::new();
        for ((column, term), first) in self.terms.terms().iter().enumerate().zip(self.terms.firsts()) {
            match term {
                Term::Real if self.parts(column) => found.push(format!("'{}'", names[first])),
                Term::Levels { .. } => {
                    let lone = self.lone_levels(column, *term);
                    found.extend(lone.into_iter().map(|place| format!("'{}'", names[first + place])));
                }
                _ => {}
            }
        }
        if found.len() > TOLD {
            let more = found.len() - TOLD;
            found.truncate(TOLD);
            found.push(format!("{more} more"));
        }
        found
    }

    fn rows(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let all = (0..self.margins.nrows()).filter(|&row| self.weights[row] > 0.0);
        all.filter_map(|row| (self.class)(row).map(|class| (row, class)))
    }

    /// Whether a class lies on one side of all others in a column.
    fn parts(&self, column: usize) -> bool {
        let classes = self.margins.ncols().max(2);
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); classes];
        for (row, class) in self.rows() {
            let cell = self.samples.row(row)[column];
            ranges[class] = (ranges[class].0.min(cell), ranges[class].1.max(cell));
        }
        let present: Vec<(f64, f64)> = ranges.into_iter().filter(|(low, high)| low <= high).collect();
        let alone = |at: usize| {
            let (low, high) = present[at];
            let others = || present.iter().enumerate().filter(|(other, _)| *other != at);
            let varies = others().any(|(_, range)| *range != (low, high)) || low < high;
            varies
                && (others().all(|(_, range)| range.1 <= low) || others().all(|(_, range)| range.0 >= high))
        };
        present.len() > 1 && (0..present.len()).any(alone)
    }

    fn lone_levels(&self, column: usize, term: Term) -> Vec<usize> {
        let mut seen: Vec<Option<Option<usize>>> = vec![None; term.width()];
        for (row, class) in self.rows() {
            if let Some(place) = term.place(self.samples.row(row)[column]) {
                seen[place] = Some(match seen[place] {
                    None => Some(class),
                    Some(Some(before)) if before == class => Some(class),
                    _ => None,
                });
            }
        }
        (0..seen.len()).filter(|&place| matches!(seen[place], Some(Some(_)))).collect()
    }
}
