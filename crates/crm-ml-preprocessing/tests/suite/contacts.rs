//! E-mail addresses and telephone numbers in the pipeline: parts, policies, and the way back to the field.

use crm_ml_core::{ErrorKind, Persist, Samples};
use crm_ml_preprocessing::*;
use crm_ml_table::{CsvOptions, FieldType, Role, Table, TableSchema};

const LEADS: &str = "\
email,phone,won
Ann.Lee7@gmail.com,+49 30 1234567,y
info@acme.de,0049 (0)30 7654321 x12,n
bob@mailinator.com,030 1234567,y
not an address,call me,n
,,y
sales+fair@beta.co.uk,+1 415 555 2671,n
";

fn table(text: &str) -> Table {
    let schema = TableSchema::new().with_type("email", FieldType::Email).with_type("phone", FieldType::Phone);
    let mut table = CsvOptions::new().schema(schema).read(text.as_bytes(), "leads.csv").unwrap();
    if table.field("won").is_ok() {
        table.set_role("won", Role::Target).unwrap();
    }
    table
}

/// The values of a column.
fn column(samples: &Samples<'_>, name: &str) -> Vec<f64> {
    let place = samples.schema().columns().iter().position(|c| c.name == name);
    samples.dense().column(place.unwrap_or_else(|| panic!("no column {name}"))).to_vec()
}

#[test]
fn the_usual_parts() {
    let table = table(LEADS);
    let (model, data) = TablePipeline::new().fit_transform_target(&table).unwrap();
    let samples = data.samples();
    let names: Vec<&str> = samples.schema().columns().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "email domain kind=(invalid)",
            "email domain kind=company",
            "email domain kind=disposable",
            "email domain kind=free",
            "email domain kind=(missing)",
            "email top-level domain=(invalid)",
            "email top-level domain=com",
            "email top-level domain=de",
            "email top-level domain=uk",
            "email top-level domain=(missing)",
            "email role address",
            "email local digits",
            "phone country code=(national)",
            "phone country code=(unknown)",
            "phone country code=+1",
            "phone country code=+49",
            "phone country code=(missing)",
            "phone valid"
        ]
    );
    assert!(samples.schema().columns().iter().all(|c| c.field == c.name.split(' ').next().unwrap()));
    assert_eq!(column(samples, "email domain kind=free"), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(column(samples, "email domain kind=company"), [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(column(samples, "email domain kind=(missing)"), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(column(samples, "email role address"), [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(column(samples, "email local digits"), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(column(samples, "phone country code=+49"), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(column(samples, "phone valid"), [1.0, 1.0, 1.0, 0.0, 0.0, 1.0]);

    // New rows, under the types of training, whatever they would be taken for by themselves.
    let new =
        Table::from_csv_reader("phone,email\n+353 1 234 5678,x@beta.museum\n".as_bytes(), "new.csv").unwrap();
    let loaded = TablePipelineModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(loaded, model);
    let row = loaded.transform(&new).unwrap();
    assert_eq!(column(&row, "email domain kind=company"), [1.0]);
    assert_eq!(
        column(&row, "email top-level domain=com"),
        [0.0],
        "a label that training had not is none of its levels"
    );
    let strict = TablePipeline::new().handle_unknown(Unseen::Error).fit_transform_target(&table).unwrap().0;
    let error = strict.transform(&new).unwrap_err();
    let expected = ErrorKind::UnknownCategory { row: 0, column: "email".into(), value: "museum".into() };
    assert_eq!(*error.kind(), expected);
}

#[test]
fn other_parts_and_own_lists() {
    let pipeline = TablePipeline::new()
        .email_parts([EmailPart::Domain, EmailPart::DomainKind, EmailPart::LocalLength, EmailPart::Valid])
        .email_kinds(EmailKinds::new().free(["acme.de"]).disposable(["gmail.com"]).roles(["bob"]))
        .phone_parts([PhonePart::International, PhonePart::Extension, PhonePart::Digits])
        .max_categories(3);
    let (_, data) = pipeline.fit_transform_target(&table(LEADS)).unwrap();
    let samples = data.samples();
    assert_eq!(column(samples, "email domain kind=free"), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(column(samples, "email domain kind=(other)"), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(column(samples, "email domain=mailinator.com"), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(column(samples, "email local length"), [8.0, 4.0, 3.0, 0.0, 0.0, 10.0]);
    assert_eq!(column(samples, "email valid"), [1.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
    assert_eq!(column(samples, "phone international"), [1.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(column(samples, "phone extension"), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(column(samples, "phone digits"), [9.0, 9.0, 10.0, 0.0, 0.0, 10.0]);
    // No category among the parts of the number, so a flag says where it is missing.
    assert_eq!(column(samples, "phone=(missing)"), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert!(samples.schema().columns().iter().all(|c| c.name != "email=(missing)"));

    let home = TablePipeline::new().phone_country(49).fit_transform_target(&table(LEADS)).unwrap().1;
    assert_eq!(column(home.samples(), "phone country code=+49"), [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    let none = TablePipeline::new()
        .email_parts([])
        .phone_parts([])
        .add_indicator(false)
        .fit_transform_target(&table(LEADS));
    assert!(none.unwrap_err().to_string().contains("nothing is asked of its type"));
}

#[test]
fn every_encoding_scores_as_it_was_trained() {
    let rows: String = (0..60)
        .map(|i| {
            let host = ["gmail.com", "acme.de", "beta.org", "yopmail.com"][i % 4];
            let phone = ["+49 30 1234567", "+1 415 555 2671", "", "call"][i % 3 + i % 2];
            format!("p{i}@{host},{phone},{}\n", if i % 5 < 2 { "y" } else { "n" })
        })
        .collect();
    let table = table(&format!("email,phone,won\n{rows}"));
    for encoding in [Encoding::OneHot, Encoding::Ordinal, Encoding::Frequency, Encoding::Native] {
        let pipeline = TablePipeline::new().encoding(encoding).scaling(Scaling::Standard);
        let pipeline = if encoding == Encoding::Native {
            pipeline
        } else {
            pipeline.impute_iterative(IterativeImputer::new().max_iter(2))
        };
        let (model, data) = pipeline.fit_transform_target(&table).unwrap();
        let again = model.transform(&table).unwrap();
        let bits = |samples: &Samples<'_>| samples.cells().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&again), bits(data.samples()), "{encoding:?}");
        assert!(encoding == Encoding::Native || again.first_missing().is_none());
    }
    for encoding in [Encoding::Target, Encoding::WeightOfEvidence] {
        TablePipeline::new().encoding(encoding).fit_transform_target(&table).unwrap();
    }
}

#[test]
fn bad_options_are_refused_by_name() {
    let bad = TablePipeline::new()
        .phone_country(999)
        .email_kinds(EmailKinds::new().roles(["info", " "]))
        .phone_parts([PhonePart::Valid, PhonePart::Valid])
        .impute_iterative(IterativeImputer::new().tol(f64::NAN));
    let error = bad.fit(&table(LEADS)).unwrap_err().to_string();
    for name in ["phone_country is 999", "email_kinds", "phone_parts", "tol is NaN"] {
        assert!(error.contains(name), "{name}: {error}");
    }
}

#[test]
fn the_sanity_checker_reads_them_as_texts() {
    let rows: String = (0..200)
        .map(|i| {
            let (won, host) = if i % 4 == 0 { ("y", "won.example.org") } else { ("n", "gmail.com") };
            format!("p{i}@{host},+49 30 {},{won}\n", 1_000_000 + i * 37)
        })
        .collect();
    let leads = table(&format!("email,phone,won\n{rows}"));
    let report = SanityChecker::new().check(&leads).unwrap();
    assert!(
        report.of("email").any(|verdict| verdict.words.starts_with("where it has 'example'")),
        "{report}"
    );
    assert!(report.of("phone").next().is_none(), "{report}");
    // Other addresses of the same kind are nothing new.
    let later: String =
        (200..400).map(|i| format!("p{i}@gmail.com,+49 30 {},n\n", 1_000_000 + i * 37)).collect();
    let summary = SanityChecker::new().summarize(&leads).unwrap();
    let compared =
        SanityChecker::new().check_scoring(&summary, &table(&format!("email,phone,won\n{later}"))).unwrap();
    assert!(compared.of("phone").next().is_none(), "{compared}");
}
