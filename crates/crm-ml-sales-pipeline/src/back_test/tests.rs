use super::*;

fn tested(day: usize, actual: f64, pipeline: f64, statistical: Option<f64>) -> Tested {
    let outcomes = |value: f64| Outcomes::new(value, vec![value - 10.0, value, value + 10.0]);
    Tested {
        quarter: Quarter::of("2024-01-01".parse().unwrap()),
        day,
        actual,
        stage_weighted: 3.0 * actual,
        pipeline: outcomes(pipeline),
        statistical: statistical.map(outcomes),
    }
}

#[test]
fn weights_are_inverse_squared_errors() {
    let weight = |all: &[Tested]| Weights::of(all.iter()).pipeline();
    let one = tested(0, 100.0, 110.0, Some(130.0));
    assert_eq!(weight(&[]), 0.5);
    assert_eq!(weight(std::slice::from_ref(&one)), 0.5);
    // 2 x 10^2 beside 2 x 30^2.
    assert_eq!(weight(&[one, tested(0, 100.0, 90.0, Some(70.0))]), 0.9);
    assert_eq!(weight(&[tested(0, 1.0, 1.0, None), tested(0, 1.0, 1.0, None)]), 0.5);
}

#[test]
fn errors_are_over_what_came() {
    let test = PipelineBackTest::new(PipelineForecaster::new()).levels(&[50.0]);
    let mut later = tested(0, 100.0, 80.0, None);
    later.quarter = later.quarter.next();
    let report = test.combine(vec![tested(0, 100.0, 104.0, Some(130.0)), later]);
    let pipeline = report.metrics(Method::Pipeline, Some(0)).unwrap();
    assert_eq!((pipeline.windows, pipeline.error, pipeline.bias), (2, 0.12, -0.08));
    // 104 +- 5 holds 100; 80 +- 5 does not.
    assert_eq!(pipeline.coverage[0].coverage, 0.5);
    assert_eq!(pipeline.coverage[0].width, 0.1);
    let statistical = report.metrics(Method::Statistical, None).unwrap();
    assert_eq!((statistical.windows, statistical.error), (1, 0.3));
    let weighted = report.metrics(Method::StageWeighted, None).unwrap();
    assert!(weighted.coverage.is_empty() && weighted.error == 2.0);
    // Without weights the combination is half of each, where there are both.
    assert_eq!(report.windows()[0].combined, 117.0);
    assert_eq!(report.windows()[1].combined, 80.0);
    assert!(report.metrics(Method::Pipeline, Some(30)).is_none());
    assert_eq!(report.weight(45), 0.5);
    assert!(report.to_string().contains("stage win rates"));
}
