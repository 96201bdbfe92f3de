use crm_ml_core::{Column, Samples, Schema};
use ndarray::array;

use super::*;
use crate::{Forest, Growth, Impurity, RegressionCriterion, Target};

/// Seats part the first six rows; missing seats are won too; among few seats the country decides.
fn ensemble() -> (Ensemble, Schema) {
    let x = array![
        [1.0, 0.0],
        [2.0, 1.0],
        [2.0, 0.0],
        [1.0, 2.0],
        [8.0, 0.0],
        [9.0, 1.0],
        [f64::NAN, 1.0],
        [f64::NAN, 0.0]
    ];
    let codes = [0, 1, 0, 1, 1, 1, 1, 1];
    let countries = ["A&B", "<fr>", "de\n"].map(str::to_owned).to_vec();
    let columns = vec![Column::real("seats").from_field("contract"), Column::category("country", countries)];
    let schema = Schema::new(columns).unwrap();
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let target = Target::Classes { codes: &codes, classes: 2, impurity: Impurity::Gini };
    let forest = Forest { growth: Growth { max_depth: Some(2), ..Growth::default() }, ..Forest::default() };
    (forest.fit(&samples, target, None, &()).unwrap(), schema)
}

#[test]
fn text_names_fields_levels_and_the_missing_side() {
    let (ensemble, schema) = ensemble();
    let classes = ["lost", "won"].map(str::to_owned);
    let text = Drawing::new().text(&ensemble, 0, &schema, Some(&classes)).unwrap();
    let expected = "\
|--- seats (contract) <= 5
|   |--- country in {A&B}
|   |   |--- lost 1 (weight 2)
|   |--- country in {<fr>, de ; unseen; missing}
|   |   |--- won 1 (weight 2)
|--- seats (contract) > 5 or missing
|   |--- won 1 (weight 4)
";
    // With as many rows on both sides what was not met goes left.
    let expected = expected.replace("{A&B}", "{A&B; unseen; missing}").replace("de ; unseen; missing", "de ");
    assert_eq!(text, expected);
    let short = Drawing::new().max_depth(1).text(&ensemble, 0, &schema, Some(&classes)).unwrap();
    assert!(short.contains("|   |--- lost 0.5 (weight 4), branch of depth 1\n"), "{short}");
    let none = Drawing::new().max_depth(0).text(&ensemble, 0, &schema, Some(&classes)).unwrap();
    assert_eq!(none, "|--- won 0.75 (weight 8), branch of depth 2\n");
}

#[test]
fn pictures_are_sound_xml() {
    let (ensemble, schema) = ensemble();
    let classes = ["\"lost\"", "won"].map(str::to_owned);
    for max_depth in [None, Some(0), Some(1)] {
        let svg = Drawing::new().max_depth(max_depth).svg(&ensemble, 0, &schema, Some(&classes)).unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        let boxes = max_depth.map_or(5, |depth| 2 * depth + 1);
        assert_eq!((svg.matches("<rect").count(), svg.matches("<line").count()), (boxes, boxes - 1));
        // Every tag is closed, and nothing else opens one.
        for tag in ["g", "text", "title", "svg"] {
            let opened = svg.matches(&format!("<{tag}>")).count() + svg.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, svg.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        let letters = svg.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "").replace("&quot;", "");
        assert!(!letters.contains('&') && !svg.contains("<fr"));
    }
}

#[test]
fn values_and_missing_alone_are_told() {
    let x = array![[1.0], [1.0], [f64::NAN]];
    let target = [2.0, 2.0, 1e12];
    let samples = Samples::new(&x).unwrap();
    let target = Target::Values(&target, RegressionCriterion::SquaredError);
    let ensemble = Forest::default().fit(&samples, target, None, &()).unwrap();
    let text = Drawing::new().text(&ensemble, 0, samples.schema(), None).unwrap();
    let expected = "\
|--- x0 is known
|   |--- value 2 (weight 2)
|--- x0 is missing
|   |--- value 1.00e12 (weight 1)
";
    assert_eq!(text, expected);
}

#[test]
fn what_does_not_fit_is_refused() {
    let (ensemble, schema) = ensemble();
    let drawing = Drawing::new();
    assert!(drawing.text(&ensemble, 1, &schema, None).is_err());
    assert!(drawing.text(&ensemble, 0, &schema.select(&[0]), None).is_err());
    assert!(drawing.svg(&ensemble, 0, &schema, Some(&["one".to_owned()])).is_err());
    assert!(drawing.decimals(18).svg(&ensemble, 0, &schema, None).is_err());
}
