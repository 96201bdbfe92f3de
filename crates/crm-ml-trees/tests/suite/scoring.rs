//! All ways to score rows agree to the bit, whatever form the trees are brought into.

use crm_ml_core::{Column, ErrorKind, Samples, Schema, Stream};
use crm_ml_trees::{Boosting, CategoricalEncoding, Ensemble, Growth, Part, Softmax, Squared};
use ndarray::Array2;

/// Real columns with gaps and, where asked for, a category at the end, with unseen codes.
fn data(rows: usize, reals: usize, category: bool) -> (Array2<f64>, Schema) {
    let mut stream = Stream::new(7, "test/scoring", 0);
    let x = Array2::from_shape_fn((rows, reals + usize::from(category)), |(_, column)| {
        let gap = stream.uniform() < 0.1;
        match column < reals {
            _ if gap => f64::NAN,
            true => stream.normal(),
            false => stream.below(11) as f64 - 1.0,
        }
    });
    let mut columns: Vec<Column> = (0..reals).map(|column| Column::real(format!("x{column}"))).collect();
    if category {
        columns.push(Column::category("c", (0..10).map(|level| level.to_string()).collect()));
    }
    (x, Schema::new(columns).unwrap())
}

/// Boosting on three classes: the column whose cell is largest in the first three, more or less.
fn model(samples: &Samples<'_>, leaves: usize) -> Ensemble {
    let codes: Vec<u32> = (0..samples.n_rows())
        .map(|row| {
            let cells = samples.row(row);
            let last = cells[cells.len() - 1];
            u32::from(cells[0] > cells[1]) + u32::from(last > 4.0 || cells[1] * cells[2] > 0.2)
        })
        .collect();
    let growth = Growth { max_leaf_nodes: Some(leaves), min_samples_leaf: 1, ..Growth::default() };
    let boosting = Boosting {
        n_estimators: 6,
        growth,
        categorical_encoding: CategoricalEncoding::Grouping,
        ..Boosting::default()
    };
    let objective = Softmax::new(&codes, 3);
    boosting
        .fit(&Part { samples, objective: &objective, weights: None }, None, &())
        .unwrap()
        .booster
        .ensemble()
        .clone()
}

#[test]
fn many_rows_few_rows_and_single_rows_are_scored_to_the_same_bits() {
    // In bytes; with sets of levels; more leaves than bytes name; more columns than bytes name, without and with levels.
    let cases = [(6, false, 31), (6, true, 31), (6, true, 400), (200, false, 31), (200, true, 31)];
    for (reals, category, leaves) in cases {
        let (x, schema) = data(1500, reals, category);
        let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
        let model = model(&samples, leaves);
        assert!(model.trees().iter().any(|tree| tree.n_leaves() > 20));
        let together = model.predict(&samples).unwrap();
        let scorer = model.row_scorer();
        assert_eq!((scorer.n_columns(), scorer.n_outputs()), (x.ncols(), 3));
        let mut margins = [0.0; 3];
        for row in 0..x.nrows() {
            scorer.score(samples.row(row), &mut margins).unwrap();
            assert_eq!(together.row(row).as_slice().unwrap(), margins);
        }
        let few: Vec<usize> = (5..25).collect();
        let of_few = model.predict(&samples.select_rows(&few)).unwrap();
        assert_eq!(of_few, together.select(ndarray::Axis(0), &few));
    }
}

#[test]
fn a_row_scorer_serves_threads_and_refuses_what_does_not_fit() {
    fn shared<T: Send + Sync>(_: &T) {}
    let (x, schema) = data(300, 4, false);
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let scorer = model(&samples, 8).row_scorer();
    shared(&scorer);
    let mut margins = [0.0; 3];
    let error = scorer.score(&[0.0; 3], &mut margins).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WidthMismatch { expected: 4, found: 3 }));
    let error = scorer.score(&[0.0; 4], &mut margins[..2]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LengthMismatch { expected: 3, found: 2, .. }));
    let error = scorer.score(&[0.0, 1.0, f64::NEG_INFINITY, 0.0], &mut margins).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotFinite { column, .. } if column == "2"));
}

/// Paths of few columns, of more than a table takes, and of more than a word has bits.
#[test]
fn contributions_add_up_on_paths_of_any_length() {
    for columns in [3, 30, 90] {
        // One column after the other tells one more row apart.
        let x = Array2::from_shape_fn((2 * columns, columns), |(row, column)| f64::from(row / 2 == column));
        let target: Vec<f64> = (0..2 * columns).map(|row| (row / 2) as f64).collect();
        let samples = Samples::new(&x).unwrap();
        let growth = Growth { max_leaf_nodes: None, min_samples_leaf: 1, ..Growth::default() };
        let boosting = Boosting {
            n_estimators: 3,
            growth,
            categorical_encoding: CategoricalEncoding::Grouping,
            ..Boosting::default()
        };
        let objective = Squared::new(&target);
        let part = Part { samples: &samples, objective: &objective, weights: None };
        let model = boosting.fit(&part, None, &()).unwrap().booster.ensemble().clone();
        assert_eq!(model.trees()[0].depth(), columns - 1);
        let shares = model.contributions(&samples).unwrap();
        let margins = model.predict(&samples).unwrap();
        for (row, margin) in margins.column(0).iter().enumerate() {
            let sum: f64 = shares.index_axis(ndarray::Axis(0), row).sum();
            assert!((sum - margin).abs() < 1e-9, "{sum} {margin}");
        }
        // A row alone has the shares it has among others.
        let alone = model.contributions(&samples.select_rows(&[1])).unwrap();
        assert_eq!(alone.index_axis(ndarray::Axis(0), 0), shares.index_axis(ndarray::Axis(0), 1));
    }
}
