use super::*;
use crate::ActionRule;
use crm_ml_core::{ErrorKind, NOISE, Stream};
use crm_ml_table::Role;

fn table(csv: &str) -> Table {
    Table::from_csv_reader(csv.as_bytes(), "t.csv").unwrap()
}

/// 200 customers in two halves: spend, country (mostly France in the second); channel and the day of joining are noise.
fn halves() -> (Table, Vec<i32>) {
    let mut stream = Stream::new(1, "halves", 0);
    let mut csv = "id,spend,country,channel,joined\n".to_owned();
    for row in 0..200 {
        let second = row >= 100;
        let spend = stream.normal() * 10.0 + if second { 130.0 } else { 100.0 };
        let country = if (stream.uniform() < 0.8) == second { "France" } else { "Spain" };
        let channel = ["shop", "web"][stream.below(2)];
        csv.push_str(&format!("C{row},{spend:.2},{country},{channel},2024-01-{:02}\n", 1 + row % 28));
    }
    (table(&csv), (0..200).map(|row| i32::from(row >= 100)).collect())
}

fn phones() -> (Table, Vec<i32>) {
    let rows: String =
        (0..60).map(|i| format!("{i}x,{}\n", if i < 30 && i % 2 == 0 { "" } else { "known" })).collect();
    (table(&("id,phone\n".to_owned() + &rows)), (0..60).map(|i| i32::from(i >= 30)).collect())
}

#[test]
fn what_differs_is_told_and_what_does_not_is_not() {
    let (table, labels) = halves();
    let profiles = SegmentProfiler::new().profile(&table, &labels).unwrap();
    let second = profiles.get(1).unwrap();
    assert_eq!((second.rows, second.share), (100, 0.5));
    assert_eq!(second.numbers[0].field, "spend");
    assert_eq!(second.numbers[0].standing, Standing::VeryHigh);
    assert_eq!(second.number("joined").unwrap().standing, Standing::Middle);
    let told: Vec<(&str, &str)> =
        second.levels.iter().map(|l| (l.field.as_str(), l.level.as_str())).collect();
    assert_eq!(told, [("country", "France")]);
    let france = second.level("country", "France").unwrap();
    assert!(france.lift.unwrap() > 2.0 && france.p_value < 1e-9 && (france.share - 0.8).abs() < 0.1);
    assert_eq!(second.name, "High spend, country France");
    assert_eq!(profiles.get(0).unwrap().name, "Low spend, country Spain");
    let tree = profiles.tree().unwrap();
    assert!(
        tree.accuracy > 0.95 && tree.baseline == 0.5 && tree.rules.contains("spend <= "),
        "{}",
        tree.rules
    );
}

#[test]
fn missing_cells_are_told_on_both_sides() {
    let (table, labels) = phones();
    let profiles = SegmentProfiler::new().profile(&table, &labels).unwrap();
    let [first, second] = profiles.segments() else { panic!() };
    assert_eq!((first.missing[0].share, first.missing[0].rest_share), (0.5, 0.0));
    assert!(first.missing[0].notable && second.missing[0].notable);
    let rules = ActionRules::new(vec![ActionRule::new("phone missing", "Ask for the phone").unwrap()]);
    let told = SegmentProfiler::new().rules(rules).profile(&table, &labels).unwrap();
    assert_eq!(told.get(0).unwrap().actions, ["Ask for the phone"]);
    assert!(told.get(1).unwrap().actions.is_empty());
    assert!(told.to_string().contains("phone is missing in 50.0 %, 0.0 % of the rest"), "{told}");
}

#[test]
fn noise_is_not_reported() {
    // Labels that know nothing of 6 numbers and 4 categories of 30 levels each: 12 tables at a probability of 1 % each.
    let mut reported = 0;
    for seed in 0..12 {
        let mut stream = Stream::new(seed, "noise", 0);
        let mut csv = "a,b,c,d,e,f,k,l,m,n\n".to_owned();
        for _ in 0..400 {
            let numbers: String = (0..6).map(|_| format!("{:.3},", stream.normal())).collect();
            let levels: Vec<String> =
                (0..4).map(|_| format!("v{}", stream.below(30) * stream.below(30) / 29)).collect();
            csv.push_str(&format!("{numbers}{}\n", levels.join(",")));
        }
        let labels: Vec<i32> = (0..400).map(|_| stream.below(8) as i32).collect();
        let profiles = SegmentProfiler::new().min_effect(0.01).profile(&table(&csv), &labels).unwrap();
        for segment in profiles.segments() {
            reported += segment.levels.len();
            reported += segment.numbers.iter().filter(|n| n.standing != Standing::Middle).count();
        }
    }
    assert!(reported <= 1, "{reported} findings in noise");
}

#[test]
fn names_are_unique_and_follow_the_fields() {
    let rows: String = (0..800).map(|i| format!("{},{}\n", i / 200, 3)).collect();
    let table = table(&("size,same\n".to_owned() + &rows));
    let labels: Vec<i32> = (0..800).map(|i| i / 200).collect();
    let names = |labels: &[i32]| {
        let profiles = SegmentProfiler::new().profile(&table, labels).unwrap();
        profiles.segments().iter().map(|s| s.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&labels), ["Low size", "Low size (2)", "High size", "High size (2)"]);
    let shuffled: Vec<i32> = (0..800).map(|i| i % 4).collect();
    assert_eq!(names(&shuffled), ["Typical", "Typical (2)", "Typical (3)", "Typical (4)"]);
}

#[test]
fn rules_give_the_first_actions_that_hold() {
    let (table, labels) = halves();
    let rule = |when: &str, action: &str| ActionRule::new(when, action).unwrap();
    let rules = ActionRules::new(vec![
        rule("spend very high & country = France", "both"),
        rule("spend < 115", "little"),
        rule("country = Spain", "Spain"),
        rule("channel = web", "web"),
        rule("otherwise", "else"),
    ]);
    let actions = |most: usize, rules: &ActionRules| {
        let profiler = SegmentProfiler::new().rules(rules.clone()).max_actions(most);
        let profiles = profiler.profile(&table, &labels).unwrap();
        profiles.segments().iter().map(|s| s.actions.join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(actions(1, &rules), ["little", "both"]);
    assert_eq!(actions(3, &rules), ["little Spain", "both"]);
    assert_eq!(actions(0, &rules), ["", ""]);
    let last = ActionRules::new(vec![rule("spend > 115", "much"), rule("", "else")]);
    assert_eq!(actions(2, &last), ["else", "much"]);
}

#[test]
fn minor_fields_give_names_last() {
    let (table, labels) = halves();
    let minor = Vocabulary::new().with(crate::FieldWords::new("spend", "rich", "").minor());
    let profiles = SegmentProfiler::new().vocabulary(minor).profile(&table, &labels).unwrap();
    assert_eq!(profiles.get(1).unwrap().name, "Country France, rich");
    assert_eq!(profiles.get(0).unwrap().name, "Country Spain, low spend");
}

#[test]
fn the_same_words_in_another_order_are_no_other_name() {
    // The first is highest in a, the second in b; both are above the others in both.
    let levels = [(90, 80), (80, 90), (10, 10), (20, 20)];
    let row = |i: usize| format!("{},{}\n", levels[i % 4].0 + i % 7, levels[i % 4].1 + i % 5);
    let table = table(&("a,b\n".to_owned() + &(0..800).map(row).collect::<String>()));
    let labels: Vec<i32> = (0..800).map(|i| i % 4).collect();
    let profiles = SegmentProfiler::new().profile(&table, &labels).unwrap();
    let names: Vec<&str> = profiles.segments().iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["High a, high b", "High a, high b (2)", "Low a, low b", "Low a, low b (2)"]);
}

#[test]
fn noise_rows_are_a_group_of_their_own() {
    let (table, mut labels) = halves();
    labels[..10].fill(NOISE);
    let profiles = SegmentProfiler::new().profile(&table, &labels).unwrap();
    let told: Vec<(i32, usize)> = profiles.segments().iter().map(|s| (s.label, s.rows)).collect();
    assert_eq!(told, [(0, 90), (1, 100), (NOISE, 10)]);
    assert_eq!(profiles.get(NOISE).unwrap().name, "Unassigned");
    assert!((profiles.segments().iter().map(|s| s.share).sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn weights_are_counts_and_rows_of_weight_0_are_absent() {
    let rows = |i: usize| (i % 7, ["a", "b", "c"][i % 3], i % 4);
    let (mut weighted, mut repeated) = ("x,k,w\n".to_owned(), "x,k\n".to_owned());
    let (mut labels, mut repeated_labels) = (Vec::new(), Vec::new());
    for i in 0..90 {
        let (x, k, w) = rows(i);
        weighted.push_str(&format!("{x},{k},{w}\n"));
        labels.push(i32::from(x > 3));
        for _ in 0..w {
            repeated.push_str(&format!("{x},{k}\n"));
            repeated_labels.push(i32::from(x > 3));
        }
    }
    let mut weighted = table(&weighted);
    weighted.set_role("w", Role::Weight).unwrap();
    let profiler = SegmentProfiler::new();
    let one = profiler.profile(&weighted, &labels).unwrap();
    let kept: Vec<i32> = (0..90).filter(|i| i % 4 != 0).map(|i| labels[i]).collect();
    assert_eq!(one, profiler.profile(&weighted, &kept).unwrap());
    let two = profiler.profile(&table(&repeated), &repeated_labels).unwrap();
    for (a, b) in one.segments().iter().zip(two.segments()) {
        assert_eq!((&a.name, a.weight, a.share), (&b.name, b.weight, b.share));
        let (x, y) = (&a.numbers[0], &b.numbers[0]);
        assert_eq!((x.median, x.rest_median, x.standing), (y.median, y.rest_median, y.standing));
        assert!((x.effect - y.effect).abs() < 1e-12 && (x.mean.unwrap() - y.mean.unwrap()).abs() < 1e-12);
        assert_eq!(a.levels.len(), b.levels.len());
    }
}

#[test]
fn one_segment_has_no_rest() {
    let (table, _) = halves();
    let profiles = SegmentProfiler::new().profile(&table, &[4; 200]).unwrap();
    let only = &profiles.segments()[0];
    assert_eq!((only.name.as_str(), only.share), ("Typical", 1.0));
    assert!(only.levels.is_empty() && only.numbers.iter().all(|n| n.rest_mean.is_none()));
    assert!(profiles.tree().is_none());
    assert!(profiles.to_string().contains("1 segment of 200 customers"));
}

#[test]
fn bad_input_is_an_error() {
    let (table, labels) = halves();
    let profiler = SegmentProfiler::new();
    let kind = |error: Error| format!("{:?}", error.kind());
    assert!(kind(profiler.profile(&table, &labels[1..]).unwrap_err()).contains("LengthMismatch"));
    let below = profiler.profile(&table, &[-2; 200]).unwrap_err();
    assert!(matches!(below.kind(), ErrorKind::InvalidTarget { row: 0, .. }), "{below}");
    assert!(profiler.profile(&table.select_rows(&[]).unwrap(), &[]).is_err());
    let many: Vec<i32> = (0..200).collect();
    assert!(profiler.profile(&table, &many).is_ok());
    let typo = ActionRules::new(vec![ActionRule::new("spned high", "x").unwrap()]);
    let error = profiler.clone().rules(typo).profile(&table, &labels).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MissingColumn { .. }), "{error}");
    let bad =
        profiler.min_effect(f64::NAN).min_share(0.0).min_lift(0.5).alpha(2.0).name_fields(0).max_depth(0);
    let error = bad.profile(&table, &[]).unwrap_err();
    let ErrorKind::InvalidParameters { violations, .. } = error.kind() else { panic!("{error}") };
    assert_eq!(violations.len(), 6);
}

#[test]
fn profiles_survive_serde() {
    let (table, labels) = halves();
    let profiles = SegmentProfiler::new().profile(&table, &labels).unwrap();
    let text = serde_json::to_string(&profiles).unwrap();
    let again: SegmentProfiles = serde_json::from_str(&text).unwrap();
    assert_eq!(again.to_string(), profiles.to_string());
    assert_eq!(again.segments().len(), 2);
}
