use super::*;
use crate::profile::Standing;

fn number(field: &str, standing: Standing) -> Condition {
    Condition::Number { field: field.to_owned(), standing }
}

#[test]
fn conditions_are_read_and_written_alike() {
    let level =
        |field: &str, level: &str| Condition::Level { field: field.to_owned(), level: level.to_owned() };
    let missing = |field: &str| Condition::Missing { field: field.to_owned() };
    for (text, expected) in [
        ("recency high", number("recency", Standing::High)),
        ("  days since last order very low ", number("days since last order", Standing::VeryLow)),
        ("spend middle", number("spend", Standing::Middle)),
        ("country = United Kingdom", level("country", "United Kingdom")),
        ("a=b", level("a", "b")),
        ("phone missing", missing("phone")),
        ("recency > 90", Condition::Median { field: "recency".to_owned(), above: true, value: 90.0 }),
        ("net spend<-0.5", Condition::Median { field: "net spend".to_owned(), above: false, value: -0.5 }),
        ("\"a > b\" low", number("a > b", Standing::Low)),
        ("\"R&D spend\" high", number("R&D spend", Standing::High)),
        ("\"a = \"\"b\"\"\" = \"x & y\"", level("a = \"b\"", "x & y")),
        ("\"very high\" missing", missing("very high")),
        ("\"score high\" low", number("score high", Standing::Low)),
    ] {
        let read: Condition = text.parse().unwrap();
        assert_eq!(read, expected, "{text}");
        assert_eq!(read.to_string().parse::<Condition>().unwrap(), expected, "{text}");
    }
    for bad in [
        "",
        "high",
        "recency",
        "recency hgih",
        "= x",
        "x =",
        "\"x high",
        "\"x\"y high",
        "x\" high",
        "missing",
        "x >= 3",
        "x > soon",
        "x > NaN",
        "> 3",
    ] {
        assert!(bad.parse::<Condition>().is_err(), "{bad}");
    }
}

#[test]
fn rules_survive_json_and_csv() {
    let rules = ActionRules::rfm();
    assert_eq!(rules.rules().len(), RFM.len());
    assert_eq!(ActionRules::from_json(&rules.to_json()).unwrap(), rules);
    assert_eq!(ActionRules::from_csv(&rules.to_csv()).unwrap(), rules);
    let odd = ActionRules::new(vec![
        ActionRule::new("\"a & b\" high & c = \"x, \"\"y\"\"\"", "Say \"hi\", then call").unwrap(),
    ]);
    assert_eq!(odd.rules()[0].when().len(), 2);
    assert_eq!(ActionRules::from_csv(&odd.to_csv()).unwrap(), odd);
    assert_eq!(ActionRules::from_json(&odd.to_json()).unwrap(), odd);
}

#[test]
fn wrong_rules_are_refused_with_their_line() {
    let message =
        ActionRules::from_csv("when,action\nrecency high,Call\nrecency &,Mail\n").unwrap_err().to_string();
    assert!(message.contains("rules, line 3, column 'when'"), "{message}");
    for (when, action) in
        [("recency high", " "), ("recency high &", "x"), ("& recency high", "x"), ("a high && b high", "x")]
    {
        assert!(ActionRule::new(when, action).is_err(), "{when}");
    }
    assert!(ActionRules::from_json(r#"[{"when": "recency hgih", "action": "x"}]"#).is_err());
    assert!(ActionRules::from_json(r#"[{"wenn": "", "action": "x"}]"#).is_err());
    assert!(ActionRules::from_csv("if,then\na,b\n").is_err());
}
