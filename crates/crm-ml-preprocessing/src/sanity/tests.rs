use crm_ml_core::Stream;
use serde::Deserialize;

use super::association::{Contingency, correlation, correlation_ratio, divergence, rank_correlation, ranks};
use super::bounds;

#[derive(Deserialize)]
struct Reference {
    x: Vec<f64>,
    y: Vec<f64>,
    weights: Vec<f64>,
    pearson: f64,
    spearman: f64,
    weighted_pearson: f64,
    table: Vec<Vec<f64>>,
    cramer: f64,
    cramer_corrected: f64,
    chi2: f64,
    p_value: f64,
    p: Vec<f64>,
    q: Vec<f64>,
    jensen_shannon: f64,
    eta: f64,
    groups: Vec<u32>,
    clopper_pearson: Vec<[f64; 4]>,
    newcombe: Vec<[f64; 6]>,
    fisher: Vec<[f64; 4]>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../tests/fixtures/sanity.json")).unwrap()
}

#[test]
fn figures_equal_those_of_the_references() {
    let r = reference();
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-10, "{a} is not {b}");
    near(correlation(&r.x, &r.y, None).unwrap(), r.pearson);
    near(correlation(&r.x, &r.y, Some(&r.weights)).unwrap(), r.weighted_pearson);
    near(rank_correlation(&r.x, &r.y).0, r.spearman);
    let mut table = Contingency::new(r.table.len(), r.table[0].len());
    for (i, row) in r.table.iter().enumerate() {
        row.iter().enumerate().for_each(|(j, cell)| table.add(i, j, *cell));
    }
    let found = table.chi_squared();
    near(found.statistic / r.chi2, 1.0);
    near(found.cramers_v().unwrap(), r.cramer);
    near(found.cramers_v_corrected().unwrap(), r.cramer_corrected);
    near(found.p_value(1.0), r.p_value);
    near(divergence(&r.p, &r.q, (10.0, 10.0)).unwrap().0, r.jensen_shannon);
    let groups: Vec<Option<u32>> = r.groups.iter().copied().map(Some).collect();
    near(correlation_ratio(&groups, 4, &r.y, None).unwrap(), r.eta);
    for [hits, rows, alpha, low] in r.clopper_pearson {
        near(bounds::share(hits, rows, alpha), low);
    }
    for [a, rows_a, b, rows_b, alpha, low] in r.newcombe {
        near(bounds::share_difference(a, rows_a, b, rows_b, alpha), low);
    }
    for [magnitude, rows, alpha, low] in r.fisher {
        near(bounds::correlation(magnitude, rows, alpha), low);
    }
}

#[test]
fn a_table_one_to_one_differs_from_one_that_follows() {
    let mut same = Contingency::new(3, 3);
    (0..3).for_each(|i| same.add(i, i, 20.0));
    let found = same.chi_squared();
    assert!((found.one_to_one().unwrap() - 1.0).abs() < 1e-12);
    let mut follows = Contingency::new(4, 2);
    (0..4).for_each(|i| follows.add(i, i / 2, 20.0));
    let found = follows.chi_squared();
    assert!((found.cramers_v().unwrap() - 1.0).abs() < 1e-12 && found.one_to_one().unwrap() < 0.6);
    assert!(Contingency::new(3, 1).chi_squared().cramers_v().is_none());
}

#[test]
fn divergence_knows_its_error() {
    let (value, error) = divergence(&[0.5, 0.5], &[0.5, 0.5], (100.0, 100.0)).unwrap();
    assert_eq!((value, error), (0.0, 0.0));
    assert_eq!(divergence(&[1.0, 0.0], &[0.0, 3.0], (9.0, 9.0)).unwrap().0, 1.0);
    assert!(divergence(&[0.0], &[1.0], (0.0, 9.0)).is_none());
    // The spread of the figure over many samples is the error it gives.
    let (p, q) = ([0.5, 0.3, 0.2], [0.1, 0.2, 0.7]);
    let mut stream = Stream::new(1, "divergence", 0);
    let mut draw = |shares: &[f64; 3]| {
        let mut counts = [0.0; 3];
        for _ in 0..400 {
            let u = stream.uniform();
            counts[if u < shares[0] { 0 } else { 1 + usize::from(u >= shares[0] + shares[1]) }] += 1.0;
        }
        counts
    };
    let values: Vec<f64> =
        (0..2000).map(|_| divergence(&draw(&p), &draw(&q), (400.0, 400.0)).unwrap().0).collect();
    let mean = values.iter().sum::<f64>() / 2000.0;
    let spread = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 2000.0).sqrt();
    let (_, error) = divergence(&p, &q, (400.0, 400.0)).unwrap();
    assert!((error / spread - 1.0).abs() < 0.08, "{error} {spread}");
}

#[test]
fn ranks_share_ties_and_leave_gaps() {
    assert_eq!(ranks(&[3.0, 1.0, 3.0])[..], [2.5, 1.0, 2.5]);
    let gaps = ranks(&[2.0, f64::NAN, 1.0]);
    assert!(gaps[1].is_nan() && gaps[0] == 2.0);
    assert!(correlation(&[1.0, 1.0], &[1.0, 2.0], None).is_none());
}

#[test]
fn bounds_of_nothing_are_harmless() {
    assert_eq!(bounds::share(0.0, 10.0, 0.01), 0.0);
    assert_eq!(bounds::share(5.0, 0.0, 0.01), 0.0);
    assert_eq!(bounds::correlation(1.0, 3.0, 0.01), 0.0);
    assert_eq!(bounds::share_difference(1.0, 0.0, 0.0, 10.0, 0.01), 0.0);
    assert_eq!(bounds::share_ratio(1.0, 10.0, 0.0, 0.0, 0.01), 0.0);
    assert_eq!(bounds::chi_squared_p(0.0, 3.0), 1.0);
    assert!(bounds::correlation(1.0, 1e9, 0.01) < 1.0);
}
