//! Every option of the pipeline: scored as trained, told in the report, refused where it cannot work.

use crm_ml_core::{Persist, Samples};
use crm_ml_datasets::leads;
use crm_ml_preprocessing::*;
use crm_ml_table::{CsvOptions, FieldType, Role, Table, TableSchema};

fn bits(samples: &Samples<'_>) -> Vec<u64> {
    samples.cells().iter().map(|v| v.to_bits()).collect()
}

fn names(samples: &Samples<'_>) -> Vec<String> {
    samples.schema().columns().iter().map(|c| c.name.clone()).collect()
}

fn csv(text: &str, types: &[(&str, FieldType)]) -> Table {
    let schema = types.iter().fold(TableSchema::new(), |schema, (name, kind)| schema.with_type(name, *kind));
    let schema = schema.with_role("won", Role::Target);
    CsvOptions::new().schema(schema).read(text.as_bytes(), "options.csv").unwrap()
}

#[test]
fn scoring_is_the_training_path_for_every_option() {
    let table = leads(700, 5).unwrap().table;
    let base = TablePipeline::new;
    let pipelines = [
        base().scaling(Scaling::Power),
        base().scaling(Scaling::Uniform),
        base().scaling(Scaling::Normal),
        base().binning(Binning::KBins(KBinsDiscretizer::new(5))),
        base().binning(Binning::Supervised(SupervisedBinner::new())).encoding(Encoding::Ordinal),
        base().outliers(OutlierRule::Iqr(1.0), OutlierAction::Clip),
        base().outliers(OutlierRule::Mad(2.0), OutlierAction::SetMissing),
        base().outliers(OutlierRule::Mad(2.0), OutlierAction::Flag),
        base().hash_above(2, 5),
        base().date_parts([DatePart::AgeYears, DatePart::DayOfYear, DatePart::Quarter, DatePart::Weekend]),
        base().scaling(Scaling::Standard).impute_knn(3, NeighborWeights::Uniform),
        base().scaling(Scaling::Standard).impute_iterative(IterativeImputer::new()),
        base()
            .impute_iterative(IterativeImputer::new().sample_posterior(true).max_iter(2).add_indicator(true)),
    ];
    for pipeline in pipelines {
        let (model, data) = pipeline.fit_transform_target(&table).unwrap();
        assert_eq!(data.samples().first_missing(), None, "{pipeline:?}");
        let direct = model.transform(&table).unwrap();
        assert_eq!(direct.schema(), data.samples().schema());
        assert_eq!(bits(&direct), bits(data.samples()), "{pipeline:?}");
        let loaded = TablePipelineModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert_eq!(loaded, model);
        for row in 0..5 {
            let one = table.select_rows(&[row]).unwrap();
            assert_eq!(bits(&loaded.transform(&one).unwrap()), bits(&direct.select_rows(&[row])));
        }
        for column in model.output_schema().columns() {
            assert!(table.field(&column.field).is_ok(), "{column:?}");
        }
    }
}

#[test]
fn what_learns_from_the_target_is_cross_fitted_or_says_so() {
    let table = leads(700, 5).unwrap().table;
    let pipeline = TablePipeline::new().encoding(Encoding::WeightOfEvidence);
    let (model, data) = pipeline.fit_transform_target(&table).unwrap();
    assert_ne!(bits(&model.transform(&table).unwrap()), bits(data.samples()));
    let error = pipeline.fit(&table).unwrap_err().to_string();
    assert!(error.starts_with("weight of evidence, of two classes, learns from labels"), "{error}");
    let supervised = TablePipeline::new().binning(Binning::Supervised(SupervisedBinner::new()));
    assert!(supervised.fit(&table).unwrap_err().to_string().starts_with("supervised binning learns"));
    let target: Vec<f64> = (0..table.n_rows()).map(|row| (row % 7) as f64).collect();
    assert!(pipeline.fit_transform_targeted(&table, &target).is_err());
    supervised.fit_transform_targeted(&table, &target).unwrap();
}

#[test]
fn a_scorecard_is_bins_and_evidence() {
    let rows: String = (0..400).map(|i| format!("{i},{}\n", if i >= 150 { "y" } else { "n" })).collect();
    let table = csv(&format!("size,won\n{rows}"), &[("size", FieldType::Number)]);
    let pipeline = TablePipeline::new()
        .binning(Binning::Supervised(SupervisedBinner::new()))
        .encoding(Encoding::WeightOfEvidence);
    let (model, data) = pipeline.fit_transform_target(&table).unwrap();
    assert_eq!(names(data.samples()), ["size"]);
    let scores = model.transform(&table).unwrap();
    assert!(scores.cells()[0] < -4.0 && scores.cells()[399] > 4.0);
    let report = model.report();
    assert_eq!(report.fields[0].steps, ["in 2 bins: (-inf, 150) [150, inf)"]);
    assert!(report.to_string().contains("size: in 2 bins: (-inf, 150) [150, inf)"));
}

#[test]
fn every_outlier_is_told_by_its_row() {
    // Row 1 has no target, row 4 weight 0: rows are counted as they were given.
    let text = "v,w,won\n1,1,y\n2,1,\n3,1,n\n4,1,y\n5,0,n\n900,1,n\n2,1,y\n";
    let mut table = csv(text, &[("v", FieldType::Number), ("w", FieldType::Number)]);
    table.set_role("w", Role::Weight).unwrap();
    let fit = |action| {
        let pipeline = TablePipeline::new().outliers(OutlierRule::Iqr(1.5), action);
        pipeline.fit_transform_target(&table).unwrap()
    };
    let (model, data) = fit(OutlierAction::Clip);
    let touched = &model.report().touched;
    assert_eq!(touched.len(), 1);
    assert_eq!((touched[0].row, touched[0].column.as_str(), touched[0].old), (5, "v", 900.0));
    assert_eq!(touched[0].new, Some(data.samples().row(3)[0]));
    let (model, data) = fit(OutlierAction::SetMissing);
    assert_eq!(model.report().touched[0].new, None);
    assert_eq!(data.samples().row(3), [2.5], "the median of those that are left");
    assert!(model.report().to_string().contains("above 7.000: set missing"), "{}", model.report());
    let (model, data) = fit(OutlierAction::Flag);
    assert_eq!(names(data.samples()), ["v", "v=(outlier)"]);
    assert_eq!(data.samples().row(3), [900.0, 1.0]);
    assert_eq!(model.report().fields[0].clipped, 1);
    let json = serde_json::to_string(model.report()).unwrap();
    assert_eq!(&serde_json::from_str::<CleaningReport>(&json).unwrap(), model.report());
}

#[test]
fn dates_texts_and_hashes_have_their_columns() {
    let text = "seen,note,city,won\n\
        2024-02-29,Write to ann@example.org NOW,Ulm,y\n2023-07-01,,Bonn,n\n,see www.example.org,Trier,y\n";
    let types = [("seen", FieldType::Date), ("note", FieldType::Text), ("city", FieldType::Category)];
    let table = csv(text, &types);
    let pipeline = TablePipeline::new()
        .date_parts([DatePart::AgeDays, DatePart::Quarter, DatePart::DayOfYear])
        .reference_date("2024-03-01".to_owned())
        .text_measures([TextMeasure::HasEmail, TextMeasure::HasUrl, TextMeasure::UpperShare])
        .hash_above(2, 2);
    let (model, data) = pipeline.fit_transform_target(&table).unwrap();
    let samples = data.samples();
    assert_eq!(
        names(samples),
        [
            "seen age days",
            "seen quarter",
            "seen day of year sin",
            "seen day of year cos",
            "seen=(missing)",
            "note has e-mail",
            "note has url",
            "note upper share",
            "city#0",
            "city#1"
        ]
    );
    assert_eq!(samples.row(0)[..2], [1.0, 1.0]);
    assert_eq!(samples.row(1)[..2], [244.0, 3.0]);
    assert_eq!(samples.row(2)[2..5], [0.0, 0.0, 1.0]);
    assert_eq!(samples.row(0)[5..7], [1.0, 0.0]);
    assert_eq!(samples.row(2)[5..8], [0.0, 1.0, 0.0]);
    // A city that training did not have is hashed as any other.
    let new = "seen,note,city\n2024-03-01,x,Aachen\n".as_bytes();
    let new = Table::from_csv_reader(new, "new.csv").unwrap();
    let row = model.transform(&new).unwrap();
    assert_eq!(row.row(0)[8].abs() + row.row(0)[9].abs(), 1.0);
    assert!(model.report().to_string().contains("city: levels hashed into 2 columns"));
}

#[test]
fn bad_options_are_refused_by_name() {
    let table = leads(50, 1).unwrap().table;
    let bad = TablePipeline::new()
        .impute_knn(0, NeighborWeights::Uniform)
        .hash_above(3, 0)
        .reference_date("tomorrow".to_owned())
        .text_measures([TextMeasure::Words, TextMeasure::Words])
        .outliers(OutlierRule::Iqr(f64::NAN), OutlierAction::Clip)
        .binning(Binning::Supervised(SupervisedBinner::new().max_bins(0)));
    let error = bad.fit(&table).unwrap_err().to_string();
    for name in
        ["impute_knn.n_neighbors", "n_features", "reference_date", "text_measures", "rule.iqr", "max_bins"]
    {
        assert!(error.contains(name), "{name}: {error}");
    }
    let native = TablePipeline::new().encoding(Encoding::Native).impute_knn(3, NeighborWeights::Uniform);
    let error = native.fit(&table).unwrap_err().to_string();
    assert!(error.contains("encode the category column"), "{error}");
}

#[test]
fn options_become_flags_and_deleted_rows_are_left_out() {
    let csv = "is_deleted,owner_id,products,won\n\
        false,0061t00000AbCdxAAE,A;B,yes\nfalse,0061t00000AbCdxAAE,B,no\ntrue,0061t00000AbCdxAAE,A;C,no\nfalse,0061t00000AbCdxAAE,,yes\n";
    let schema = TableSchema::new()
        .with_type("products", FieldType::MultiSelect)
        .with_type("owner_id", FieldType::Identifier)
        .with_role("won", Role::Target);
    let mut table = CsvOptions::new().schema(schema).read(csv.as_bytes(), "leads.csv").unwrap();
    table.set_role("owner_id", Role::Feature).unwrap();
    let (pipeline, data) = TablePipeline::new().add_indicator(true).fit_transform_target(&table).unwrap();
    let names: Vec<&str> = pipeline.output_schema().columns().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["products=A", "products=B", "products=(missing)"]);
    assert_eq!(data.samples().dense(), ndarray::array![[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    let report = pipeline.report().to_string();
    assert!(report.contains("marked as deleted"), "{report}");
    // Scoring: an option that training did not have is none of the flags, or refused.
    let new = CsvOptions::new().read("owner_id,products\nx,C;A\n".as_bytes(), "new.csv").unwrap();
    assert_eq!(pipeline.transform(&new).unwrap().row(0), [1.0, 0.0, 0.0]);
    let strict = TablePipeline::new().handle_unknown(Unseen::Error).fit_transform_target(&table).unwrap().0;
    assert!(strict.transform(&new).unwrap_err().to_string().contains('C'));
    let reloaded = TablePipelineModel::from_bytes(&pipeline.to_bytes().unwrap()).unwrap();
    assert_eq!(reloaded.transform(&new).unwrap().row(0), [1.0, 0.0, 0.0]);
}
