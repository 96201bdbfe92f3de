//! Every tenth series of the M3 competition: published results, and the default choice beside them.

#[path = "../../examples/m3/data.rs"]
mod data;

use crm_ml_forecasting::{AutoForecaster, Theta};
use data::{Case, PERIODS, read, score};

fn cases() -> Option<Vec<Case>> {
    let Some(folder) = std::env::var_os("CRM_ML_DATA") else {
        println!("skipped: CRM_ML_DATA is not set");
        return None;
    };
    Some(read(folder).unwrap())
}

/// On all 3,003 series, where the competition's entrant THETA has a sMAPE of 16.870, 8.956, 13.928, 4.410 and 13.065 in all. What was
/// submitted differs from the method as it was written down later in how seasons are found.
#[test]
fn theta_is_as_published() {
    let Some(cases) = cases() else { return };
    assert_eq!(cases.len(), 3003);
    let scores = score(&cases, |season, _| Theta::new(season));
    let published = [16.870, 8.956, 13.928, 4.410, 13.065];
    for ((found, published), allowed) in scores.iter().zip(published).zip([0.1, 0.35, 0.15, 0.6, 0.1]) {
        assert!((found.smape - published).abs() < allowed, "{} is not {published}", found.smape);
        assert_eq!(found.failed, 0);
    }
}

#[test]
fn the_default_choice_is_good_and_its_intervals_hold() {
    let Some(cases) = cases() else { return };
    let cases: Vec<Case> = cases.into_iter().step_by(10).collect();
    let theta = score(&cases, |season, _| Theta::new(season));
    let auto = score(&cases, |season, steps| AutoForecaster::fast(season).horizon(steps));
    let (theta, auto) = (theta[PERIODS.len()], auto[PERIODS.len()]);
    assert_eq!((auto.series, auto.failed), (301, 0));
    assert!(auto.smape < theta.smape && auto.mase < theta.mase, "{auto:?} is not better than {theta:?}");
    assert!((0.92..=0.97).contains(&auto.coverage[1]), "{:?}", auto.coverage);
}
