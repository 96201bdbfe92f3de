//! The rounds of a sequential selection, the same for every task.

use std::collections::BTreeMap;

use crm_ml_core::{Error, Progress, Result, Schema, advance, parallel};

use super::{Direction, SequentialSelector, Stop};
use crate::validation::Task;
use crate::{Selection, ValidationPoint};

/// The columns chosen, and what each round reached.
pub(super) struct Found {
    pub(super) selection: Selection,
    pub(super) validation: Vec<ValidationPoint>,
}

/// Columns that go in or out together, by what moved them.
struct Moves {
    /// In the order of the rounds.
    moved: Vec<usize>,
    /// What is left, with what moving it in the last round would have reached (the larger, the better).
    left: Vec<(usize, f64)>,
}

impl<E, S> SequentialSelector<E, S> {
    pub(super) fn search<T: Task>(&self, task: &T, progress: &dyn Progress) -> Result<Found> {
        self.check()?;
        task.refuse_gaps()?;
        let folds = task.folds(self.split.as_ref())?;
        let schema = T::samples(task.data()).schema();
        let units =
            if self.by_field { fields(schema) } else { (0..schema.width()).map(|c| vec![c]).collect() };
        let sign = if task.greater_is_better() { 1.0 } else { -1.0 };
        let direction = self.direction;
        let validate = |moved: &[usize]| task.validate(&columns(direction, &units, moved), &folds);

        let mut moves = Moves { moved: Vec::new(), left: (0..units.len()).map(|unit| (unit, 0.0)).collect() };
        let mut validation = Vec::new();
        if direction == Direction::Backward {
            validation.push(validate(&[])?);
        }
        let rounds = self.rounds(units.len());
        for round in 1..=rounds {
            let points = parallel::try_map(moves.left.len(), |i| {
                let mut moved = moves.moved.clone();
                moved.push(moves.left[i].0);
                validate(&moved)
            })?;
            advance(progress, "sequential selection", round, rounds)?;
            let score = |point: &ValidationPoint| {
                if point.mean.is_nan() { f64::NEG_INFINITY } else { sign * point.mean }
            };
            moves.left.iter_mut().zip(&points).for_each(|(left, point)| left.1 = score(point));
            let place = first_largest(&moves.left)?;
            if self.gains_too_little(sign, validation.last(), &points[place]) {
                break;
            }
            moves.moved.push(moves.left.remove(place).0);
            validation.push(points[place]);
        }
        let selection = Selection::new(schema, self.ranking(&units, moves), Vec::new())?;
        Ok(Found { selection, validation })
    }

    /// Most rounds. The last column is never dropped.
    fn rounds(&self, units: usize) -> usize {
        match (self.stop, self.direction) {
            (Stop::At(amount), Direction::Forward) => amount.of(units).min(units),
            (Stop::At(amount), Direction::Backward) => units.saturating_sub(amount.of(units)),
            (Stop::GainBelow(_), Direction::Forward) => units,
            (Stop::GainBelow(_), Direction::Backward) => units.saturating_sub(1),
        }
    }

    fn gains_too_little(&self, sign: f64, last: Option<&ValidationPoint>, best: &ValidationPoint) -> bool {
        match (self.stop, last) {
            (Stop::GainBelow(tol), Some(last)) => sign * best.mean - sign * last.mean < tol,
            _ => false,
        }
    }

    /// Rank of every column.
    fn ranking(&self, units: &[Vec<usize>], Moves { moved, mut left }: Moves) -> Vec<usize> {
        let others: Vec<usize> = match self.direction {
            Direction::Forward => {
                // Stable: of equal ones the first is first.
                left.sort_by(|a, b| b.1.total_cmp(&a.1));
                left.into_iter().map(|(unit, _)| unit).collect()
            }
            Direction::Backward => moved.into_iter().rev().collect(),
        };
        let mut ranking = vec![1; units.iter().map(Vec::len).sum()];
        for (place, unit) in others.into_iter().enumerate() {
            units[unit].iter().for_each(|&column| ranking[column] = place + 2);
        }
        ranking
    }
}

/// The columns of each raw field, fields in the order of their first columns.
fn fields(schema: &Schema) -> Vec<Vec<usize>> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut fields: Vec<Vec<usize>> = Vec::new();
    for (position, column) in schema.columns().iter().enumerate() {
        let place = *places.entry(&column.field).or_insert(fields.len());
        if place == fields.len() {
            fields.push(Vec::new());
        }
        fields[place].push(position);
    }
    fields
}

/// The columns that are used after moves, in their order.
fn columns(direction: Direction, units: &[Vec<usize>], moved: &[usize]) -> Vec<usize> {
    let forward = direction == Direction::Forward;
    let mut used = vec![!forward; units.len()];
    moved.iter().for_each(|&unit| used[unit] = forward);
    let units = units.iter().zip(used).filter(|(_, used)| *used);
    let mut columns: Vec<usize> = units.flat_map(|(columns, _)| columns).copied().collect();
    columns.sort_unstable();
    columns
}

/// Place of the largest score, the first of equals.
fn first_largest(left: &[(usize, f64)]) -> Result<usize> {
    let scores = left.iter().map(|(_, score)| *score).enumerate();
    let best = scores.reduce(|best, next| if next.1 > best.1 { next } else { best });
    match best {
        Some((place, score)) if score.is_finite() => Ok(place),
        _ => Err(Error::numerical("the metric of the rows held out is not finite")),
    }
}
