//! Profiles equal what NumPy and SciPy compute, survive a file, and no file can hurt.

use crm_ml_core::{Persist, Stream, reseal};
use crm_ml_customers::{NumberProfile, SegmentProfiler, SegmentProfiles};
use crm_ml_table::{FieldType, Table, TableSchema};
use serde_json::Value;

fn reference() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/profiles.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn table(reference: &Value) -> (Table, Vec<i32>) {
    let mut csv = "spend,visits,land\n".to_owned();
    let column = |name: &str| reference[name].as_array().unwrap();
    for (row, land) in column("land").iter().enumerate() {
        let spend = column("spend")[row].as_f64().map_or(String::new(), |v| v.to_string());
        csv.push_str(&format!("{spend},{},{}\n", column("visits")[row], land.as_str().unwrap()));
    }
    let schema =
        TableSchema::new().with_type("spend", FieldType::Number).with_type("land", FieldType::Category);
    let table = crm_ml_table::CsvOptions::new().schema(schema).read(csv.as_bytes(), "t.csv").unwrap();
    (table, column("label").iter().map(|l| l.as_i64().unwrap() as i32).collect())
}

fn close(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1e-12),
        "{what}: {found}, expected {expected}"
    );
}

fn same(found: &NumberProfile, expected: &Value) {
    close(found.mean.unwrap(), &expected["mean"], "mean");
    close(found.rest_mean.unwrap(), &expected["rest_mean"], "rest mean");
    close(found.median.unwrap(), &expected["median"], "median");
    close(found.rest_median.unwrap(), &expected["rest_median"], "rest median");
    close(found.difference.unwrap(), &expected["difference"], "difference");
    close(found.effect, &expected["effect"], "effect");
    close(found.p_value, &expected["p_value"], "p");
}

#[test]
fn profiles_equal_numpy_and_scipy() {
    let reference = reference();
    let (table, labels) = table(&reference);
    // 2 numbers, 4 levels and 1 field with gaps in 4 segments are compared.
    let (alpha, comparisons) = (0.01, 28.0);
    let profiles = SegmentProfiler::new().alpha(alpha).profile(&table, &labels).unwrap();
    for (label, expected) in reference["segments"].as_object().unwrap() {
        let segment = profiles.get(label.parse().unwrap()).unwrap();
        assert_eq!(segment.rows as u64, expected["rows"].as_u64().unwrap());
        same(segment.number("spend").unwrap(), &expected["spend"]);
        same(segment.number("visits").unwrap(), &expected["visits"]);
        let over = expected["levels"].as_array().unwrap().iter().filter(|l| {
            l["p_value"].as_f64().unwrap() * comparisons <= alpha && l["lift"].as_f64().unwrap() >= 1.25
        });
        let over: Vec<&Value> = over.collect();
        assert_eq!(segment.levels.len(), over.len(), "{label}");
        for expected in over {
            let found = segment.level("land", expected["level"].as_str().unwrap()).unwrap();
            close(found.weight, &expected["weight"], "weight");
            close(found.share, &expected["share"], "share");
            close(found.rest_share, &expected["rest_share"], "rest share");
            close(found.lift.unwrap(), &expected["lift"], "lift");
            close(found.p_value, &expected["p_value"], "p");
        }
        let (found, expected) = (&segment.missing[0], &expected["missing"]);
        close(found.share, &expected["share"], "missing");
        close(found.rest_share, &expected["rest_share"], "rest missing");
        let p = (2.0 * expected["over"].as_f64().unwrap().min(expected["under"].as_f64().unwrap())).min(1.0);
        assert!((found.p_value / p - 1.0).abs() < 1e-9, "{} {p}", found.p_value);
    }
    assert_eq!(profiles.segments().iter().filter(|s| !s.levels.is_empty()).count(), 4);
}

#[test]
fn a_file_gives_the_same_profiles_or_an_error() {
    let reference = reference();
    let (table, labels) = table(&reference);
    let profiles = SegmentProfiler::new().profile(&table, &labels).unwrap();
    let file = profiles.to_bytes().unwrap();
    assert_eq!(SegmentProfiles::from_bytes(&file).unwrap(), profiles);
    for length in 0..file.len() {
        assert!(SegmentProfiles::from_bytes(&file[..length]).is_err());
    }
    for seed in 0..3000 {
        let mut stream = Stream::new(seed, "flip", 0);
        let mut damaged = file.clone();
        let bit = stream.below((damaged.len() - 4) * 8);
        damaged[bit / 8] ^= 1 << (bit % 8);
        reseal(&mut damaged);
        if let Ok(read) = SegmentProfiles::from_bytes(&damaged) {
            let _ = read.to_string();
        }
    }
}
