//! Ways to cut rows into training and test parts.

use serde::{Deserialize, Serialize};

use crate::{Check, Error, ErrorKind, Result, Stream};

/// Row numbers to train on and to test on, both ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows to fit on.
    pub train: Vec<usize>,
    /// Rows held out.
    pub test: Vec<usize>,
}

/// A way to make folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Split {
    /// Consecutive parts of (nearly) equal size; shuffled first if there is a seed.
    KFold {
        /// Number of folds, at least 2.
        folds: usize,
        /// Seed of the shuffle; `None` keeps the order.
        seed: Option<u64>,
    },
    /// As `KFold`, with every class spread evenly over the folds.
    Stratified {
        /// Number of folds, at least 2.
        folds: usize,
        /// Seed of the shuffle; `None` keeps the order.
        seed: Option<u64>,
    },
    /// Rows of one group stay together; groups are dealt, largest first, to the smallest fold.
    Grouped {
        /// Number of folds, at least 2.
        folds: usize,
        /// Group of every row.
        groups: Vec<u64>,
    },
    /// Rows are in time order: train on a prefix, test on what follows.
    TimeOrdered {
        /// Number of folds, at least 2.
        folds: usize,
        /// Rows left out between training and test.
        gap: usize,
        /// Most rows to train on, the latest ones; `None` for all.
        max_train: Option<usize>,
    },
}

impl Split {
    /// Stratified folds in an order drawn from `seed`: the usual choice for classifiers.
    pub fn stratified(folds: usize, seed: u64) -> Self {
        Self::Stratified { folds, seed: Some(seed) }
    }

    /// The folds of `rows` rows; `codes` (one a row) are the classes that `Stratified` spreads.
    ///
    /// Errors: fewer than 2 folds, fewer rows (or groups) than folds, no codes where they are needed.
    pub fn folds(&self, rows: usize, codes: Option<&[u32]>) -> Result<Vec<Fold>> {
        Check::of("Split").at_least("folds", self.count(), 2).finish()?;
        if rows < self.count() {
            return Err(ErrorKind::TooFew {
                what: "rows to split".into(),
                needed: self.count(),
                found: rows,
            }
            .into());
        }
        match self {
            Self::KFold { folds, seed } => Ok(from_assignment(&deal(&order(rows, *seed), *folds), *folds)),
            Self::Stratified { folds, seed } => {
                let codes = codes
                    .ok_or_else(|| Error::unsupported("a stratified split needs a class for every row"))?;
                if codes.len() != rows {
                    return Err(Error::length("classes", rows, codes.len()));
                }
                stratified(codes, *folds, *seed)
            }
            Self::Grouped { folds, groups } => {
                if groups.len() != rows {
                    return Err(Error::length("groups", rows, groups.len()));
                }
                grouped(groups, *folds)
            }
            Self::TimeOrdered { folds, gap, max_train } => time_ordered(rows, *folds, *gap, *max_train),
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::KFold { folds, .. }
            | Self::Stratified { folds, .. }
            | Self::Grouped { folds, .. }
            | Self::TimeOrdered { folds, .. } => *folds,
        }
    }
}

/// One split: about `test_share` of the rows held out, spread evenly over the classes where `codes` are given.
///
/// Errors: a share outside (0, 1), or one that leaves a side empty.
pub fn holdout(rows: usize, test_share: f64, codes: Option<&[u32]>, seed: u64) -> Result<Fold> {
    let holds = test_share > 0.0 && test_share < 1.0;
    Check::of("holdout").rule("test_share", test_share, holds, "above 0 and below 1").finish()?;
    let wanted = (rows as f64 * test_share).round() as usize;
    if wanted == 0 || wanted >= rows {
        return Err(ErrorKind::TooFew { what: "rows to hold out".into(), needed: 2, found: rows }.into());
    }
    let order = order(rows, Some(seed));
    let mut is_test = vec![false; rows];
    match codes {
        None => order.iter().take(wanted).for_each(|&row| is_test[row] = true),
        Some(codes) if codes.len() == rows => {
            // Rows of a class lie together and the held-out places are spread evenly over this line.
            let mut line = order;
            line.sort_by_key(|&row| codes[row]);
            for (place, &row) in line.iter().enumerate() {
                is_test[row] = (place + 1) * wanted / rows > place * wanted / rows;
            }
        }
        Some(codes) => return Err(Error::length("classes", rows, codes.len())),
    }
    let (test, train) = (0..rows).partition(|&row| is_test[row]);
    Ok(Fold { train, test })
}

fn order(rows: usize, seed: Option<u64>) -> Vec<usize> {
    match seed {
        Some(seed) => Stream::new(seed, "split", 0).permutation(rows),
        None => (0..rows).collect(),
    }
}

/// Fold of every row when `order` is cut into consecutive parts, the first ones longer by one where it does not divide.
fn deal(order: &[usize], folds: usize) -> Vec<usize> {
    let (size, longer) = (order.len() / folds, order.len() % folds);
    let mut assignment = vec![0; order.len()];
    let mut start = 0;
    for fold in 0..folds {
        let end = start + size + usize::from(fold < longer);
        order[start..end].iter().for_each(|&row| assignment[row] = fold);
        start = end;
    }
    assignment
}

fn from_assignment(assignment: &[usize], folds: usize) -> Vec<Fold> {
    let fold = |fold: usize| {
        let (test, train) = (0..assignment.len()).partition(|&row| assignment[row] == fold);
        Fold { train, test }
    };
    (0..folds).map(fold).collect()
}

fn stratified(codes: &[u32], folds: usize, seed: Option<u64>) -> Result<Vec<Fold>> {
    // With the classes in one line, dealing row after row gives each fold its share of each class and equal sizes.
    let mut line = order(codes.len(), seed);
    line.sort_by_key(|&row| codes[row]);
    let mut assignment = vec![0; codes.len()];
    for (place, &row) in line.iter().enumerate() {
        assignment[row] = place % folds;
    }
    Ok(from_assignment(&assignment, folds))
}

fn grouped(groups: &[u64], folds: usize) -> Result<Vec<Fold>> {
    let mut distinct: Vec<u64> = groups.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < folds {
        return Err(ErrorKind::TooFew {
            what: "groups to split".into(),
            needed: folds,
            found: distinct.len(),
        }
        .into());
    }
    let position = |group: &u64| distinct.partition_point(|g| g < group);
    let mut sizes = vec![0usize; distinct.len()];
    groups.iter().for_each(|group| sizes[position(group)] += 1);
    let mut largest_first: Vec<usize> = (0..distinct.len()).collect();
    largest_first.sort_by_key(|&group| std::cmp::Reverse(sizes[group]));
    let mut filled = vec![0usize; folds];
    let mut fold_of = vec![0usize; distinct.len()];
    for group in largest_first {
        let fold = (0..folds).min_by_key(|&fold| filled[fold]).unwrap_or(0);
        filled[fold] += sizes[group];
        fold_of[group] = fold;
    }
    let assignment: Vec<usize> = groups.iter().map(|group| fold_of[position(group)]).collect();
    Ok(from_assignment(&assignment, folds))
}

fn time_ordered(rows: usize, folds: usize, gap: usize, max_train: Option<usize>) -> Result<Vec<Fold>> {
    let size = rows / (folds + 1);
    let first_test = rows - size * folds;
    if size == 0 || gap >= first_test {
        let needed = (folds + 1).max(gap.saturating_add(1).saturating_mul(folds + 1));
        return Err(
            ErrorKind::TooFew { what: "rows for a time-ordered split".into(), needed, found: rows }.into()
        );
    }
    let fold = |fold: usize| {
        let test_start = first_test + fold * size;
        let train_end = test_start - gap;
        let train_start = max_train.map_or(0, |most| train_end.saturating_sub(most));
        Fold { train: (train_start..train_end).collect(), test: (test_start..test_start + size).collect() }
    };
    Ok((0..folds).map(fold).collect())
}
