//! Boosting's driver: objectives of the caller's own, going on from a model, stages.

use crm_ml_core::{Column, ErrorKind, Samples, Schema, Stream};
use crm_ml_trees::{
    Absolute, At, Booster, Boosting, CategoricalEncoding, Derivatives, Gamma, Growth, Huber, Leaf, Logistic,
    MaxFeatures, Objective, Part, Poisson, Quantile, Softmax, Squared, Stopping,
};
use ndarray::{Array1, Array2};

fn normal(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut stream = Stream::new(seed, "test/boosting", 0);
    Array2::from_shape_fn((rows, columns), |_| stream.normal())
}

fn small() -> Boosting {
    let growth = Growth { max_leaf_nodes: Some(8), min_samples_leaf: 5, ..Boosting::default().growth };
    let categorical_encoding = CategoricalEncoding::Grouping;
    Boosting { n_estimators: 12, growth, categorical_encoding, ..Boosting::default() }
}

/// What a bad objective gives at its bad row.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Gradient(f64),
    Hessian(f64),
    Step(f64),
    Loss(f64),
    Base(f64),
    NoBase,
    Outputs(usize),
    Rows(usize),
}

#[derive(Debug)]
struct Faulty(Fault);

const BAD_ROW: usize = 4100;
const ROWS: usize = 5000;

impl Objective for Faulty {
    fn n_rows(&self) -> usize {
        if let Fault::Rows(rows) = self.0 { rows } else { ROWS }
    }

    fn n_outputs(&self) -> usize {
        if let Fault::Outputs(outputs) = self.0 { outputs } else { 1 }
    }

    fn base(&self, _: Option<&[f64]>) -> Option<Vec<f64>> {
        match self.0 {
            Fault::Base(base) => Some(vec![base]),
            Fault::NoBase => None,
            _ => Some(vec![0.0]),
        }
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        for (loss, row) in losses.iter_mut().zip(at.rows()) {
            *loss = match self.0 {
                Fault::Loss(bad) if row == BAD_ROW => bad,
                _ => 1.0,
            };
        }
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        let (gradients, hessians) = into.both(0);
        for ((g, h), row) in gradients.iter_mut().zip(hessians).zip(at.rows()) {
            (*g, *h) = (row as f64 - 2500.0, 1.0);
            match self.0 {
                Fault::Gradient(bad) if row == BAD_ROW => *g = bad,
                Fault::Hessian(bad) if row == BAD_ROW => *h = bad,
                _ => {}
            }
        }
        // There is no such output; nothing is written.
        assert!(into.gradients(99).is_empty() && at.margins(99).is_empty());
    }

    fn leaf_step(&self, leaf: &Leaf<'_>) -> f64 {
        match self.0 {
            Fault::Step(bad) if leaf.rows().any(|row| row == BAD_ROW) => bad,
            _ => leaf.newton(),
        }
    }
}

#[test]
fn an_objective_that_breaks_its_promise_ends_the_fit_with_an_error() {
    let x = normal(ROWS, 2, 1);
    let samples = Samples::new(&x).unwrap();
    let fit = |fault: Fault| {
        let part = Part { samples: &samples, objective: &Faulty(fault), weights: None };
        small().fit(&part, None, &()).map(|boosted| boosted.report.iterations)
    };
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for fault in [Fault::Gradient(bad), Fault::Hessian(bad)] {
            let error = fit(fault).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Numerical { .. }));
            assert!(error.to_string().contains("row 4100"), "{error}");
        }
        assert!(fit(Fault::Step(bad)).unwrap_err().to_string().contains("row "));
        assert!(matches!(fit(Fault::Loss(bad)).unwrap_err().kind(), ErrorKind::Numerical { .. }));
        assert!(matches!(fit(Fault::Base(bad)).unwrap_err().kind(), ErrorKind::Numerical { .. }));
    }
    assert!(fit(Fault::Hessian(-1e-12)).unwrap_err().to_string().contains("second derivative"));
    for outputs in [0, 2] {
        let error = fit(Fault::Outputs(outputs)).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Empty { .. } | ErrorKind::LengthMismatch { .. }),
            "{error}"
        );
    }
    assert!(matches!(fit(Fault::Rows(ROWS - 1)).unwrap_err().kind(), ErrorKind::LengthMismatch { .. }));
    // A loss that does not fall along its gradient: the search for the base ends.
    assert!(fit(Fault::NoBase).is_ok());
    // Huge but finite, and without curvature: a model.
    assert!(fit(Fault::Gradient(1e300)).is_ok());
    assert_eq!(fit(Fault::Hessian(0.0)).unwrap(), 12);
}

#[test]
fn going_on_gives_the_bits_of_one_fit() {
    let x = normal(700, 6, 2);
    let mut coded = x.clone();
    let mut stream = Stream::new(3, "test/levels", 0);
    coded.column_mut(5).mapv_inplace(|_| stream.below(40) as f64 - 1.0);
    coded[[3, 5]] = f64::NAN;
    let mut columns: Vec<Column> = (0..5).map(|i| Column::real(format!("x{i}"))).collect();
    columns.push(Column::category("c", (0..40).map(|l| l.to_string()).collect()));
    let samples = Samples::new(&coded).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap();
    let target: Vec<f64> = coded.rows().into_iter().map(|r| (r[0] * r[1] + r[2]).exp()).collect();
    let codes: Vec<u32> = target.iter().map(|y| u32::from(*y > 1.0) + u32::from(*y > 2.0)).collect();
    let weights: Vec<f64> = (0..700).map(|row| 0.5 + (row % 3) as f64).collect();
    let objectives: [&dyn Objective; 5] = [
        &Squared::new(&target),
        &Absolute::new(&target),
        &Poisson::new(&target).unwrap(),
        &Gamma::new(&target).unwrap(),
        &Softmax::new(&codes, 3),
    ];
    let drawn = Boosting { subsample: 0.6, max_features: MaxFeatures::Count(3), seed: 7, ..small() };
    // Fewer bins than levels.
    let few_bins = Boosting { max_bins: 16, ..small() };
    let ordered = CategoricalEncoding::ordered();
    let numbers = [small(), drawn.clone()].map(|s| Boosting { categorical_encoding: ordered, ..s });
    for settings in [small(), few_bins, drawn].into_iter().chain(numbers) {
        for objective in objectives {
            for weights in [None, Some(weights.as_slice())] {
                let part = Part { samples: &samples, objective, weights };
                let rounds = |n_estimators: usize| Boosting { n_estimators, ..settings.clone() };
                let all = rounds(12).fit(&part, None, &()).unwrap();
                let some = rounds(5).fit(&part, None, &()).unwrap();
                let rest = rounds(7).fit_from(&some.booster, &part, None, &()).unwrap();
                assert!(rest.booster == all.booster, "{objective:?}");
                assert_eq!((rest.report.iterations, rest.report.objective), (7, all.report.objective));
                assert!(all.booster.first_rounds(5) == some.booster);
            }
        }
    }
}

#[test]
fn going_on_with_other_data_keeps_the_bins_of_levels() {
    // Level 9 is heavy in the second data alone; the first trees' sets must not be read with its bins.
    let categories = |cells: Vec<f64>| {
        let schema =
            Schema::new(vec![Column::category("c", (0..10).map(|l| l.to_string()).collect())]).unwrap();
        let x = Array2::from_shape_vec((cells.len(), 1), cells).unwrap();
        Samples::from_array(x).unwrap().with_schema(&schema).unwrap()
    };
    let first = categories((0..300).map(|row| f64::from(row % 5)).collect());
    let second = categories((0..300).map(|row| f64::from(5 + row % 5)).collect());
    let target: Vec<f64> = (0..300).map(|row| f64::from(row % 5)).collect();
    let mut settings = Boosting { max_bins: 4, n_estimators: 30, ..small() };
    settings.growth.categorical_smoothing = 0.0;
    settings.growth.min_samples_level = 1;
    let objective = Squared::new(&target);
    let fit = |settings: &Boosting, samples: &Samples<'_>, model: Option<&Booster>| {
        let part = Part { samples, objective: &objective, weights: None };
        match model {
            None => settings.fit(&part, None, &()).unwrap().booster,
            Some(model) => settings.fit_from(model, &part, None, &()).unwrap().booster,
        }
    };
    let ordered = Boosting { categorical_encoding: CategoricalEncoding::ordered(), ..settings.clone() };
    for settings in [settings, ordered] {
        let before = fit(&settings, &first, None);
        let after = fit(&settings, &second, Some(&before));
        after.validate().unwrap();
        assert_eq!(after.first_rounds(30).predict(&first).unwrap(), before.predict(&first).unwrap());
        assert_eq!(after.encoder(), before.encoder());
    }
}

#[test]
fn going_on_refuses_what_does_not_fit() {
    let x = normal(100, 3, 4);
    let samples = Samples::new(&x).unwrap();
    let codes: Vec<u32> = (0..100).map(|row| row % 2).collect();
    let part = Part { samples: &samples, objective: &Logistic::new(&codes), weights: None };
    let model = small().fit(&part, None, &()).unwrap().booster;
    let three = Part { objective: &Softmax::new(&codes, 3), ..part };
    let error = small().fit_from(&model, &three, None, &()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
    let narrow = samples.select_columns(&[0, 1]);
    let error = small().fit_from(&model, &Part { samples: &narrow, ..part }, None, &()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WidthMismatch { expected: 3, found: 2 }));
    let rule = Stopping { n_iter_no_change: 3, tol: 0.0 };
    for validation in [&Part { samples: &narrow, ..part }, &three] {
        let error = small().fit(&part, Some((validation, rule)), &()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::LengthMismatch { .. }), "{error}");
    }
}

#[test]
fn going_on_that_does_not_help_keeps_the_model() {
    let x = normal(400, 3, 5);
    let samples = Samples::new(&x).unwrap();
    let codes: Vec<u32> = x.column(0).iter().map(|v| u32::from(*v > 0.0)).collect();
    let turned: Vec<u32> = codes.iter().map(|code| 1 - code).collect();
    let part = Part { samples: &samples, objective: &Logistic::new(&codes), weights: None };
    let model = small().fit(&part, None, &()).unwrap().booster;
    // The new rows say the opposite of the validation part.
    let other = Part { objective: &Logistic::new(&turned), ..part };
    let rule = Stopping { n_iter_no_change: 3, tol: 0.0 };
    let boosted = small().fit_from(&model, &other, Some((&part, rule)), &()).unwrap();
    assert!(boosted.booster == model);
    assert_eq!((boosted.report.iterations, boosted.history.validation.len()), (0, 4));
}

#[test]
fn stages_end_at_the_prediction() {
    let x = normal(300, 4, 6);
    let samples = Samples::new(&x).unwrap();
    let codes: Vec<u32> = x.column(0).iter().map(|v| u32::from(*v > 0.0) + u32::from(*v > 1.0)).collect();
    let part = Part { samples: &samples, objective: &Softmax::new(&codes, 3), weights: None };
    let model = small().fit(&part, None, &()).unwrap().booster;
    let stages: Vec<Array2<f64>> = model.staged(&samples).unwrap().collect();
    assert_eq!(stages.len(), 12);
    for (round, margins) in stages.iter().enumerate() {
        assert_eq!(*margins, model.first_rounds(round + 1).predict(&samples).unwrap());
    }
    assert_eq!(model.first_rounds(99), model);
    assert!(model.staged(&samples.select_columns(&[0])).is_err());
}

/// Targets with a Cauchy tail: the mean is lost, median and quantiles are not.
#[test]
fn heavy_tails_do_not_move_the_robust_losses() {
    let rows = 4000;
    // Few values, so that a bin ends where the centre jumps.
    let x = normal(rows, 3, 7).mapv(|v| (v * 10.0).round() / 10.0);
    let mut stream = Stream::new(8, "test/cauchy", 0);
    let centre = |row: ndarray::ArrayView1<'_, f64>| if row[0] > 0.0 { 10.0 } else { -10.0 };
    let target: Vec<f64> = x
        .rows()
        .into_iter()
        .map(|row| centre(row) + (std::f64::consts::PI * (stream.uniform() - 0.5)).tan())
        .collect();
    assert!(target.iter().any(|y| y.abs() > 500.0), "no heavy tail was drawn");
    let samples = Samples::new(&x).unwrap();
    let worst = |objective: &dyn Objective, shift: f64| {
        let part = Part { samples: &samples, objective, weights: None };
        let mut settings = Boosting { n_estimators: 100, ..small() };
        settings.growth.max_leaf_nodes = Some(2);
        settings.growth.min_samples_leaf = 400;
        let found = settings.fit(&part, None, &()).unwrap().booster.predict(&samples).unwrap();
        let off: Array1<f64> =
            found.column(0).iter().zip(x.rows()).map(|(m, row)| (m - centre(row) - shift).abs()).collect();
        off.fold(0.0, |most: f64, d| most.max(*d))
    };
    assert!(worst(&Absolute::new(&target), 0.0) < 0.3);
    assert!(worst(&Huber::new(&target, 1.0).unwrap(), 0.0) < 0.3);
    // The 0.75 quantile of a Cauchy variable is 1.
    assert!(worst(&Quantile::new(&target, 0.75).unwrap(), 1.0) < 0.5);
    assert!(worst(&Squared::new(&target), 0.0) > 1.0);
}

/// Targets over ten decades stay in range, with and without noise.
#[test]
fn log_links_follow_means_over_many_decades() {
    let x = Array2::from_shape_fn((1000, 1), |(row, _)| (row % 10) as f64);
    let target: Vec<f64> = x.iter().map(|v| 10f64.powf(*v)).collect();
    let samples = Samples::new(&x).unwrap();
    for objective in [&Poisson::new(&target).unwrap() as &dyn Objective, &Gamma::new(&target).unwrap()] {
        let part = Part { samples: &samples, objective, weights: None };
        let settings = Boosting { n_estimators: 400, learning_rate: 0.3, ..small() };
        let found = settings.fit(&part, None, &()).unwrap().booster.predict(&samples).unwrap();
        for (margin, y) in found.iter().zip(&target).filter(|(_, y)| **y > 1e4) {
            assert!((margin - y.ln()).abs() < 0.05, "{objective:?}: {margin} {}", y.ln());
        }
        assert!(found.iter().all(|m| m.is_finite()));
    }
}

/// Squared error of a million times the residual, without base or second derivative: the first step is far too long.
#[derive(Debug)]
struct Steep<'a>(&'a [f64]);

impl Objective for Steep<'_> {
    fn n_rows(&self) -> usize {
        self.0.len()
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        Squared::new(self.0).losses(at, losses);
        losses.iter_mut().for_each(|loss| *loss *= 1e6);
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        Squared::new(self.0).derivatives(at, into);
        into.gradients(0).iter_mut().for_each(|g| *g *= 1e6);
    }
}

#[test]
fn a_base_that_is_not_told_is_found() {
    let x = Array2::zeros((50, 1));
    let samples = Samples::new(&x).unwrap();
    let target: Vec<f64> = (0..50).map(f64::from).collect();
    let part = Part { samples: &samples, objective: &Steep(&target), weights: None };
    let found = small().fit(&part, None, &()).unwrap().booster.predict(&samples).unwrap();
    assert!((found[[0, 0]] - 24.5).abs() < 1e-6, "{}", found[[0, 0]]);
}

/// Many levels with an effect each, a real column, and levels that only matter together.
fn coded(rows: usize, seed: u64) -> (Samples<'static>, Vec<u32>) {
    let mut stream = Stream::new(seed, "test/coded", 0);
    let x = Array2::from_shape_fn((rows, 4), |(_, column)| match column {
        0 => stream.below(300) as f64,
        1 => stream.normal(),
        column => stream.below(4 + column) as f64,
    });
    let effect = |level: f64| ((level * 7919.0) % 13.0) / 3.0 - 2.0;
    let codes = x
        .rows()
        .into_iter()
        .map(|row| {
            let together = if (row[2] * row[3]) as u32 % 2 == 1 { 1.5 } else { -1.5 };
            u32::from(effect(row[0]) + together + row[1] + stream.normal() > 0.0)
        })
        .collect();
    let names = |count: usize| (0..count).map(|l| l.to_string()).collect::<Vec<_>>();
    let columns = vec![
        Column::category("a", names(300)),
        Column::real("b"),
        Column::category("c", names(6)),
        Column::category("d", names(7)),
    ];
    (Samples::from_array(x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap(), codes)
}

#[test]
fn ordered_statistics_learn_many_levels_better_than_grouping() {
    let (train, codes) = coded(6000, 21);
    let (test, test_codes) = coded(3000, 22);
    let loss = |categorical_encoding: CategoricalEncoding| {
        let part = Part { samples: &train, objective: &Logistic::new(&codes), weights: None };
        let settings = Boosting { n_estimators: 60, categorical_encoding, ..Boosting::default() };
        let margins = settings.fit(&part, None, &()).unwrap().booster.predict(&test).unwrap();
        let of_row = |(m, code): (&f64, &u32)| (1.0 + m.exp()).ln() - m * f64::from(*code);
        margins.iter().zip(&test_codes).map(of_row).sum::<f64>() / 3000.0
    };
    let (grouped, ordered) = (loss(CategoricalEncoding::Grouping), loss(CategoricalEncoding::ordered()));
    assert!(ordered < 0.95 * grouped, "{ordered} against {grouped}");
}

#[test]
fn ordered_statistics_keep_the_promises_of_a_booster() {
    let (samples, codes) = coded(900, 23);
    let three: Vec<u32> =
        codes.iter().enumerate().map(|(row, code)| code + u32::from(row % 3 == 0)).collect();
    let ordered = CategoricalEncoding::ordered();
    let settings = Boosting { categorical_encoding: ordered, ..small() };
    for objective in [&Logistic::new(&codes) as &dyn Objective, &Softmax::new(&three, 3)] {
        let part = Part { samples: &samples, objective, weights: None };
        let model = settings.fit(&part, None, &()).unwrap().booster;
        model.validate().unwrap();
        assert_eq!((model.n_columns(), model.encoder().unwrap().n_columns()), (4, 4));
        let margins = model.predict(&samples).unwrap();
        let shares = model.contributions(&samples).unwrap();
        assert_eq!(shares.dim(), (900, 5, objective.n_outputs()));
        assert!((shares.sum_axis(ndarray::Axis(1)) - &margins).iter().all(|d| d.abs() < 1e-9));
        let importances = model.importances(crm_ml_trees::Importance::Gain);
        assert!(importances.len() == 4 && (importances.sum() - 1.0).abs() < 1e-12 && importances[0] > 0.1);
        assert_eq!(model.staged(&samples).unwrap().last().unwrap(), margins);
        let scorer = model.row_scorer();
        let mut outputs = vec![0.0; objective.n_outputs()];
        for (row, margins) in margins.rows().into_iter().enumerate().step_by(50) {
            scorer.score(samples.row(row), &mut outputs).unwrap();
            assert_eq!(margins.to_vec(), outputs);
        }
        assert!(model.predict(&samples.select_columns(&[0])).is_err());
        assert!(model.staged(&samples.select_columns(&[0])).is_err());
    }
}

#[test]
fn ordered_statistics_are_the_same_at_any_number_of_threads() {
    let (samples, codes) = coded(5000, 24);
    let fit = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let part = Part { samples: &samples, objective: &Logistic::new(&codes), weights: None };
            let ordered = CategoricalEncoding::ordered();
            let settings = Boosting { categorical_encoding: ordered, n_estimators: 3, ..small() };
            let model = settings.fit(&part, None, &()).unwrap().booster;
            let margins = model.predict(&samples).unwrap();
            (model, margins)
        })
    };
    let one = fit(1);
    assert!([2, 3, 8].into_iter().all(|threads| fit(threads) == one));
}

#[test]
fn constraints_hold_beside_ordered_statistics() {
    let (samples, codes) = coded(1500, 25);
    let part = Part { samples: &samples, objective: &Logistic::new(&codes), weights: None };
    let settings = Boosting {
        categorical_encoding: CategoricalEncoding::ordered(),
        monotonic_cst: vec![0i8, 1, 0, 0].into(),
        interaction_cst: vec![vec![0usize, 1], vec![2], vec![3]].into(),
        ..small()
    };
    let model = settings.fit(&part, None, &()).unwrap().booster;
    // Without the group of columns 2 and 3 their pair is not used.
    let pairs = |place: usize| model.encoder().unwrap().sources(place) == [2, 3];
    let pair = (4..model.encoder().unwrap().n_encoded()).find(|place| pairs(*place)).unwrap();
    assert_eq!(model.ensemble().importances(crm_ml_trees::Importance::Split)[pair], 0.0);
    let mut cells = samples.row(0).to_vec();
    let mut last = f64::NEG_INFINITY;
    let scorer = model.row_scorer();
    for step in -20..20 {
        cells[1] = f64::from(step) / 5.0;
        let mut margin = [0.0];
        scorer.score(&cells, &mut margin).unwrap();
        assert!(margin[0] >= last);
        last = margin[0];
    }
}
