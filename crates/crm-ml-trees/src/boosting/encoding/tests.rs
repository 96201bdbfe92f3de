use crm_ml_core::{Column, Samples, Schema, UNSEEN};
use ndarray::Array2;

use super::encoder::Encoder;
use super::ordered::Evidence;
use super::*;

fn samples(cells: &[[f64; 3]], levels: [usize; 2]) -> Samples<'static> {
    let names = |count: usize| (0..count).map(|l| l.to_string()).collect::<Vec<_>>();
    let columns = vec![
        Column::category("a", names(levels[0])),
        Column::real("b"),
        Column::category("c", names(levels[1])),
    ];
    let x = Array2::from_shape_fn((cells.len(), 3), |(row, column)| cells[row][column]);
    Samples::from_array(x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap()
}

fn encoding(combinations: bool) -> CategoricalEncoding {
    CategoricalEncoding::OrderedStatistics { permutations: 2, prior: 1.0, min_levels: 3, combinations }
}

fn evidence<'a>(gradients: &'a [Vec<f64>], weights: Option<&'a [f64]>) -> Evidence<'a> {
    Evidence { gradients, weights, seed: 5 }
}

#[test]
fn rows_to_predict_see_the_shrunken_mean_of_their_level() {
    let rows =
        [[0.0, 1.0, 0.0], [0.0, 2.0, 1.0], [1.0, 3.0, 0.0], [UNSEEN, 4.0, 1.0], [f64::NAN, f64::NAN, 0.0]];
    let data = samples(&rows, [4, 2]);
    let mut encoder = Encoder::plan(encoding(true), data.schema(), 1).unwrap();
    let gradients = [vec![-1.0, -3.0, 5.0, -7.0, 9.0]];
    encoder.learn(&data, &evidence(&gradients, None), false).unwrap();
    encoder.validate().unwrap();
    // Two levels are grouped, so there is one number and no pair.
    assert_eq!((encoder.n_columns(), encoder.n_encoded(), encoder.sources(0)), (3, 3, vec![0]));
    let encoded = encoder.encode(&data).unwrap();
    let numbers: Vec<f64> = encoded.dense().column(0).to_vec();
    // Sums of negative gradients over rows and prior; unseen and missing are levels of their own.
    assert_eq!(numbers, [4.0 / 3.0, 4.0 / 3.0, -5.0 / 2.0, 7.0 / 2.0, -9.0 / 2.0]);
    assert_eq!(encoded.dense().column(2), data.dense().column(2));
    assert!(
        encoded.schema().columns()[0].levels().is_none() && encoded.schema().columns()[2].levels().is_some()
    );
    // What was not met has no effect; without codes the same.
    let new = samples(&[[3.0, 0.0, 0.0]], [4, 2]);
    assert_eq!(encoder.encode(&new).unwrap().dense()[[0, 0]], 0.0);
    assert_eq!(encoder.encode_row(&[1.0, 3.0, 0.0]), [-2.5, 3.0, 0.0]);
    assert!(encoder.encode(&data.select_columns(&[0])).is_err());
}

#[test]
fn a_training_row_sees_the_rows_before_it_alone() {
    let count = 200;
    let rows: Vec<[f64; 3]> = (0..count).map(|row| [(row % 7) as f64, 0.0, (row % 5) as f64]).collect();
    let data = samples(&rows, [7, 5]);
    let gradients: Vec<f64> = (0..count).map(|row| ((row * 37) % 11) as f64 - 5.0).collect();
    let learn = |gradients: Vec<f64>| {
        let mut encoder = Encoder::plan(encoding(true), data.schema(), 1).unwrap();
        let views = encoder.learn(&data, &evidence(&[gradients], None), false).unwrap();
        (encoder, views)
    };
    let (encoder, views) = learn(gradients.clone());
    assert_eq!((views.len(), encoder.n_encoded(), encoder.sources(3)), (2, 4, vec![0, 2]));
    for column in [0, 2, 3] {
        // The first row of its level in an order sees nothing.
        let first = |view: &Samples<'_>| view.dense().column(column).iter().filter(|v| **v == 0.0).count();
        assert!(views.iter().all(|view| first(view) >= 5), "column {column}");
        assert_ne!(views[0].dense().column(column), views[1].dense().column(column));
    }
    // Another target of one row changes what later rows of its level see, and nothing that it sees itself.
    let mut other = gradients;
    other[17] += 100.0;
    let (_, moved) = learn(other);
    for (before, after) in views.iter().zip(&moved) {
        for column in [0, 2, 3] {
            let key = |row: &[f64; 3]| match column {
                3 => [row[0], row[2]],
                column => [row[column], 0.0],
            };
            let mut changed = 0;
            for row in 0..count {
                let differs = before.row(row)[column] != after.row(row)[column];
                assert!(!differs || (row != 17 && key(&rows[row]) == key(&rows[17])));
                changed += usize::from(differs);
            }
            assert!(column == 3 || changed > 0);
        }
    }
}

#[test]
fn weights_count_as_rows() {
    let rows: Vec<[f64; 3]> = (0..12).map(|row| [(row % 4) as f64, 0.0, 0.0]).collect();
    let weights: Vec<f64> = (0..12).map(|row| 1.0 + (row % 3) as f64).collect();
    let gradients: Vec<f64> = (0..12).map(|row| f64::from(row) - 6.0).collect();
    let repeated: Vec<usize> = (0..12).flat_map(|row| vec![row; weights[row] as usize]).collect();
    let tables = |rows: &[[f64; 3]], gradients: Vec<f64>, weights: Option<&[f64]>| {
        let data = samples(rows, [4, 1]);
        // The prior is in rows of average weight: 12 rows of weight 2, 24 of weight 1.
        let prior = if weights.is_some() { 1.0 } else { 2.0 };
        let encoding = CategoricalEncoding::OrderedStatistics {
            permutations: 1,
            prior,
            min_levels: 3,
            combinations: false,
        };
        let mut encoder = Encoder::plan(encoding, data.schema(), 1).unwrap();
        encoder.learn(&data, &evidence(&[gradients], weights), false).unwrap();
        (0..4).map(|level| encoder.encode_row(&[f64::from(level), 0.0, 0.0])[0]).collect::<Vec<f64>>()
    };
    let times: Vec<f64> = gradients.iter().zip(&weights).map(|(g, w)| g * w).collect();
    let weighted = tables(&rows, times, Some(&weights));
    let many: Vec<[f64; 3]> = repeated.iter().map(|&row| rows[row]).collect();
    let plain = tables(&many, repeated.iter().map(|&row| gradients[row]).collect(), None);
    assert!(weighted.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-12), "{weighted:?} {plain:?}");
}

#[test]
fn several_outputs_have_a_number_each_behind_the_columns() {
    let rows: Vec<[f64; 3]> = (0..40).map(|row| [(row % 4) as f64, 0.5, (row % 3) as f64]).collect();
    let data = samples(&rows, [4, 3]);
    let mut encoder = Encoder::plan(encoding(true), data.schema(), 3).unwrap();
    let gradients: Vec<Vec<f64>> =
        (1..4).map(|k| (0..40).map(|row| f64::from(k * (row % 4))).collect()).collect();
    encoder.learn(&data, &evidence(&gradients, None), false).unwrap();
    // Two more numbers of each column, three of the pair.
    assert_eq!(encoder.n_encoded(), 3 + 2 + 2 + 3);
    let sources: Vec<Vec<usize>> = (0..10).map(|place| encoder.sources(place)).collect();
    let expected: [&[usize]; 10] = [&[0], &[1], &[2], &[0], &[0], &[2], &[2], &[0, 2], &[0, 2], &[0, 2]];
    assert_eq!(sources, expected);
    let row = encoder.encode_row(&rows[1]);
    assert!(row[0] < 0.0 && row[3] == 2.0 * row[0] && row[4] == 3.0 * row[0] && row[1] == 0.5);
    // Constraints follow the columns.
    assert_eq!(encoder.spread_directions(vec![0, 1, 0]), [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let groups = encoder.spread_groups(vec![vec![0, 1], vec![0, 2]]);
    assert_eq!(groups, [vec![0, 1, 3, 4], vec![0, 2, 3, 4, 5, 6, 7, 8, 9]]);
}

#[test]
fn too_many_numbers_are_not_made() {
    let columns =
        (0..20).map(|c| Column::category(format!("c{c}"), vec!["x".into(), "y".into(), "z".into()]));
    let schema = Schema::new(columns.collect()).unwrap();
    assert_eq!(Encoder::plan(encoding(true), &schema, 1).unwrap().n_encoded(), 20);
    assert_eq!(Encoder::plan(encoding(true), &schema, 26), None);
    assert_eq!(Encoder::plan(CategoricalEncoding::Grouping, &schema, 1), None);
    assert_eq!(Encoder::plan(CategoricalEncoding::ordered(), &schema, 1), None);
}
