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
        let ahead = self.ahead();
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
            sure += usize::from(lead - ahead[class] >= SURE);
        }
        let found = self.columns();
        if rows == 0 || !(apart || sure > 0 || !found.is_empty()) {
            return None;
        }
        let by = if found.is_empty() { String::new() } else { format!(", by {} alone", found.join(", ")) };
        if apart {
            return Some(format!(
                "the classes are separated perfectly{by}: without penalty the coefficients have no finite best values"
            ));
        }
        if sure == 0 {
            return Some(format!(
                "part of the rows is separated{by}: their coefficients have no finite best values without penalty"
            ));
        }
        Some(format!(
            "{sure} of {rows} rows have fitted probabilities of 0 or 1{by}: where part of the rows is separated, coefficients have no \
             finite best values without penalty"
        ))
    }

    /// How far each class is ahead of the most frequent other one where nothing is known of a row: rows of a frequent class
    /// may be sure of it without being separated.
    fn ahead(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.margins.ncols().max(2)];
        self.rows().for_each(|(row, class)| shares[class] += self.weights[row]);
        let most = |class: usize| {
            let others = shares.iter().enumerate().filter(|(other, _)| *other != class);
            others.fold(0.0, |most: f64, (_, share)| most.max(*share))
        };
        let ahead = |class: usize| (shares[class] / most(class)).ln();
        (0..shares.len()).map(ahead).map(|a| if a.is_finite() { a.max(0.0) } else { 0.0 }).collect()
    }

    /// Names of columns that part two classes, and of levels with rows of one class alone.
    fn columns(&self) -> Vec<String> {
        let names = self.terms.names(self.samples.schema());
        let mut found = Vec::new();
        for ((column, term), first) in self.terms.terms().iter().enumerate().zip(self.terms.firsts()) {
            match term {
                Term::Real if self.parts(column) => found.push(format!("'{}'", names[first])),
                Term::Levels { .. } => {
                    let lone = lone_levels(self.samples, column, *term, self.rows());
                    found.extend(lone.into_iter().map(|(place, _)| format!("'{}'", names[first + place])));
                }
                _ => {}
            }
        }
        told(found)
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
}

/// What a reader of a fit of counts should know: levels without any, whose best coefficients are infinite.
pub(crate) fn empty_levels(
    samples: &Samples<'_>,
    terms: &Terms,
    target: &[f64],
    weights: &[f64],
) -> Option<String> {
    let names = terms.names(samples.schema());
    let rows = || (0..target.len()).filter(|&row| weights[row] > 0.0);
    let mut found = Vec::new();
    for ((column, term), first) in terms.terms().iter().enumerate().zip(terms.firsts()) {
        let classes = rows().map(|row| (row, usize::from(target[row] > 0.0)));
        let lone = lone_levels(samples, column, *term, classes);
        let empty = lone.into_iter().filter(|(_, class)| *class == 0);
        found.extend(empty.map(|(place, _)| format!("'{}'", names[first + place])));
    }
    (!found.is_empty()).then(|| {
        let found = told(found).join(", ");
        format!("the target is 0 in all rows of {found}: their coefficients have no finite best values without penalty")
    })
}

/// The first of many names.
fn told(mut found: Vec<String>) -> Vec<String> {
    if found.len() > TOLD {
        let more = found.len() - TOLD;
        found.truncate(TOLD);
        found.push(format!("{more} more"));
    }
    found
}

/// The places of levels whose rows are of one class, and that class; none where all rows are of one.
fn lone_levels(
    samples: &Samples<'_>,
    column: usize,
    term: Term,
    rows: impl Iterator<Item = (usize, usize)>,
) -> Vec<(usize, usize)> {
    let mut seen: Vec<Option<Option<usize>>> = vec![None; term.width()];
    let join = |before: Option<Option<usize>>, class: usize| match before {
        None => Some(class),
        Some(Some(before)) if before == class => Some(class),
        _ => None,
    };
    let mut all = None;
    for (row, class) in rows {
        all = Some(join(all, class));
        if let Some(place) = term.place(samples.row(row)[column]) {
            seen[place] = Some(join(seen[place], class));
        }
    }
    if matches!(all, Some(Some(_))) {
        return Vec::new();
    }
    let lone = |place: usize| seen[place].flatten().map(|class| (place, class));
    (0..seen.len()).filter_map(lone).collect()
}
