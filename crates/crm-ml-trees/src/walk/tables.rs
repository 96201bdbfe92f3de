//! Ensembles whose trees ask few different tests, such as symmetric ones: the answers, as bits, are the place of what the
//! tree adds.

use crm_ml_core::Samples;

use super::coding::Coding;
use crate::bins::{BINS, Levels};
use crate::tree::{Branch, Rule, Tree};

/// Most different tests of a tree: their answers fill a byte.
const MOST_TESTS: usize = 8;
/// Rows that are asked side by side.
const ROWS: usize = 64;

/// The codes of a few rows in one of the two codes of a column.
type Codes = [u8; ROWS];

/// Trees of one value a leaf, which is looked up.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    columns: Vec<Coding>,
    trees: Vec<Table>,
}

#[derive(Debug, Clone)]
struct Table {
    tests: Vec<Test>,
    /// The value of every combination of answers; bit `i` is set where test `i` says right.
    values: Box<[f64; 1 << MOST_TESTS]>,
}

#[derive(Debug, Clone)]
enum Test {
    /// Codes up to this one go left.
    Code { cell: usize, code: u8 },
    /// The answer of every bin, as a byte of no or of all bits.
    Set { cell: usize, answers: Box<[u8; BINS]> },
}

/// Coded rows.
#[derive(Debug)]
pub(crate) struct TableRows {
    /// Two codes a column, [`ROWS`] rows after [`ROWS`] rows.
    codes: Vec<Codes>,
}

impl Tables {
    /// `None` where a tree asks too many tests or has several values a leaf, or a number does not fit into a byte.
    pub(crate) fn new(trees: &[Tree], levels: &[Option<Levels>]) -> Option<Self> {
        if trees.iter().any(|tree| tree.values(0).len() != 1) {
            return None;
        }
        // The cheapest reason for a no comes first.
        let tests = trees.iter().map(different_tests).collect::<Option<Vec<_>>>()?;
        let columns = Coding::of_columns(trees, levels)?;
        let table = |(tree, tests): (&Tree, Vec<Branch>)| Table::new(tree, &tests, &columns);
        let trees = trees.iter().zip(tests).map(table).collect::<Option<_>>()?;
        Some(Self { columns, trees })
    }

    /// Codes neighbouring rows.
    pub(crate) fn encode(&self, samples: &Samples<'_>, first: usize, rows: usize) -> TableRows {
        let width = 2 * self.columns.len();
        let mut codes = vec![[0; ROWS]; rows.div_ceil(ROWS) * width];
        for (piece, codes) in codes.chunks_exact_mut(width.max(1)).enumerate() {
            let start = first + piece * ROWS;
            for row in 0..ROWS.min(first + rows - start) {
                let cells = samples.row(start + row).iter();
                for ((cell, coding), codes) in cells.zip(&self.columns).zip(codes.chunks_exact_mut(2)) {
                    [codes[0][row], codes[1][row]] = coding.codes(*cell);
                }
            }
        }
        TableRows { codes }
    }

    /// Adds what a tree says of every row to every `outputs`-th margin.
    pub(crate) fn add(&self, tree: usize, rows: &TableRows, margins: &mut [f64], outputs: usize) {
        let Table { tests, values } = &self.trees[tree];
        let pieces = rows.codes.chunks_exact((2 * self.columns.len()).max(1));
        for (codes, margins) in pieces.zip(margins.chunks_mut(ROWS * outputs)) {
            let mut places = [0; ROWS];
            for (bit, test) in tests.iter().enumerate() {
                test.answer(codes, 1 << bit, &mut places);
            }
            for (margin, place) in margins.iter_mut().step_by(outputs).zip(places) {
                *margin += values[usize::from(place)];
            }
        }
    }
}

impl Test {
    /// Sets a bit of the places of those rows that go right.
    #[inline(always)]
    fn answer(&self, codes: &[Codes], bit: u8, places: &mut [u8; ROWS]) {
        match self {
            Self::Code { cell, code } => {
                for (place, of_row) in places.iter_mut().zip(&codes[*cell]) {
                    *place |= if of_row > code { bit } else { 0 };
                }
            }
            Self::Set { cell, answers } => {
                for (place, of_row) in places.iter_mut().zip(&codes[*cell]) {
                    *place |= answers[usize::from(*of_row)] & bit;
                }
            }
        }
    }
}

/// The tests of a tree, each once, in the order in which they come; `None` if there are too many.
pub(super) fn different_tests(tree: &Tree) -> Option<Vec<Branch>> {
    let mut tests: Vec<Branch> = Vec::new();
    for branch in (0..tree.n_nodes()).filter_map(|node| tree.branch(node)) {
        if place_of(&tests, &branch).is_none() {
            tests.push(branch);
        }
        if tests.len() > MOST_TESTS {
            return None;
        }
    }
    Some(tests)
}

fn place_of(tests: &[Branch], branch: &Branch) -> Option<usize> {
    tests.iter().position(|test| test.feature == branch.feature && test.rule == branch.rule)
}

impl Table {
    fn new(tree: &Tree, tests: &[Branch], columns: &[Coding]) -> Option<Self> {
        let value = |answers: usize| {
            let mut node = 0;
            while let Some(branch) = tree.branch(node) {
                node = branch.left + (answers >> place_of(tests, &branch)? & 1);
            }
            Some(tree.values(node)[0])
        };
        let test = |branch: &Branch| match branch.rule {
            Rule::Threshold { threshold, missing_left } => {
                let code = columns[branch.feature].code_of(threshold)?;
                Some(Test::Code { cell: 2 * branch.feature + usize::from(!missing_left), code })
            }
            Rule::Set(set) => {
                let answer = |bin| if set.contains(bin as u8) { 0 } else { u8::MAX };
                Some(Test::Set { cell: 2 * branch.feature, answers: Box::new(std::array::from_fn(answer)) })
            }
        };
        let mut values = Box::new([0.0; 1 << MOST_TESTS]);
        for (answers, place) in values.iter_mut().enumerate().take(1 << tests.len()) {
            *place = value(answers)?;
        }
        Some(Self { tests: tests.iter().map(test).collect::<Option<_>>()?, values })
    }
}
