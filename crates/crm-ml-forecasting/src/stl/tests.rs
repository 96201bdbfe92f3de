use approx::assert_abs_diff_eq;
use crm_ml_core::Series;
use crm_ml_testkit::fixture::numbers;
use serde_json::Value;

use super::*;

#[test]
fn parts_are_those_of_statsmodels() {
    let fixture: Value = serde_json::from_str(include_str!("../../tests/fixtures/stl.json")).unwrap();
    for case in fixture["cases"].as_array().unwrap() {
        let option = |name: &str| case["options"][name].as_u64().map(|v| v as usize);
        let mut stl = Stl::new(case["period"].as_u64().unwrap() as usize);
        stl = stl.robust(case["options"]["robust"].as_bool().unwrap_or(false));
        stl.seasonal = option("seasonal").unwrap_or(7);
        stl.trend = option("trend");
        stl.low_pass = option("low_pass");
        let three = |suffix: &str| {
            ["seasonal", "trend", "low_pass"].map(|part| option(&format!("{part}_{suffix}")).unwrap_or(1))
        };
        (stl.degrees, stl.jumps) = (three("deg"), three("jump"));
        let values = numbers(&case["values"]);
        let parts = stl.decompose(&Series::new(&values).unwrap()).unwrap();
        for (found, expected) in [
            (&parts.trend, numbers(&case["trend"])),
            (&parts.seasonal, numbers(&case["seasonal"])),
            (&parts.weights, numbers(&case["weights"])),
        ] {
            for (found, expected) in found.iter().zip(expected) {
                assert_abs_diff_eq!(*found, expected, epsilon = 1e-9);
            }
        }
        for (t, value) in values.iter().enumerate() {
            let sum = parts.trend[t] + parts.seasonal[t] + parts.remainder[t];
            assert_abs_diff_eq!(sum, *value, epsilon = 1e-12);
        }
    }
}

#[test]
fn what_cannot_be_split_is_refused() {
    let values = [1.0; 24];
    let series = Series::new(&values).unwrap().named("a");
    let message = |stl: Stl| stl.decompose(&series).unwrap_err().to_string();
    assert_eq!(message(Stl::new(13)), "series 'a': Stl needs 26 values, it has 24");
    assert_eq!(message(Stl::new(1)), "Stl: period is 1, must be from 2 to 1000000");
    assert_eq!(message(Stl::new(4).seasonal(8)), "Stl: seasonal is 8, must be odd and at least 3");
    assert!(message(Stl::new(4).trend(3).degrees(2, 0, 0).jumps(0, 1, 1)).contains("trend is 3"));
    assert!(Stl::new(usize::MAX).decompose(&series).is_err());
    assert!(Stl::new(4).seasonal(1).decompose(&series).is_err());
    let parts = Stl::new(12).robust(true).decompose(&series).unwrap();
    assert!(parts.remainder.iter().all(|v| v.abs() < 1e-12));
    let huge: Vec<f64> = (0..24).map(|t| if t % 2 == 0 { f64::MAX } else { -f64::MAX }).collect();
    assert!(Stl::new(12).decompose(&Series::new(&huge).unwrap()).is_err());
}
