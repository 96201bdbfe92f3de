//! Whatever the table: features or an error; and the same bits at any number of threads.

use crm_ml_core::{ErrorKind, Persist};
use crm_ml_datasets::leads;
use crm_ml_preprocessing::*;
use crm_ml_table::{CsvOptions, FieldType, Role, Table, TableSchema};
use proptest::prelude::*;
use proptest::strategy::Strategy as _;

fn cell() -> impl proptest::strategy::Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,3}",
        "-?[0-9]{1,3}\\.[0-9]{1,3}",
        "1e30[0-9]",
        "20[0-9]{2}-0[1-9]-[012][1-8]",
        "(yes|no|true|NA|unknown|)",
        "[abc]",
        "[a-z ]{0,30}",
        "[a-z.]{1,8}@(gmail\\.com|acme\\.de|x)",
        "\\+[0-9]{2} [0-9]{3,12}",
    ]
}

fn pipelines() -> impl proptest::strategy::Strategy<Value = TablePipeline> {
    let encoding = prop::sample::select(vec![
        Encoding::OneHot,
        Encoding::Ordinal,
        Encoding::Frequency,
        Encoding::Target,
        Encoding::Native,
        Encoding::WeightOfEvidence,
    ]);
    let scaling = prop::sample::select(vec![
        Scaling::None,
        Scaling::Standard,
        Scaling::MinMax,
        Scaling::Robust,
        Scaling::Power,
        Scaling::Uniform,
        Scaling::Normal,
    ]);
    let binning = prop::sample::select(vec![
        Binning::None,
        Binning::None,
        Binning::KBins(KBinsDiscretizer::new(3)),
        Binning::KBins(KBinsDiscretizer::new(3).strategy(BinStrategy::KMeans)),
        Binning::Supervised(SupervisedBinner::new().min_share(0.1)),
    ]);
    let outliers = prop::option::of((
        prop::sample::select(vec![
            OutlierRule::Iqr(1.5),
            OutlierRule::Mad(3.5),
            OutlierRule::Quantile(0.1, 0.9),
        ]),
        prop::sample::select(vec![OutlierAction::Clip, OutlierAction::SetMissing, OutlierAction::Flag]),
    ));
    let dates = prop::sample::subsequence(
        vec![DatePart::AgeYears, DatePart::DayOfYear, DatePart::Quarter, DatePart::Weekend, DatePart::Hour],
        0..5,
    );
    let texts = prop::sample::subsequence(
        vec![
            TextMeasure::Characters,
            TextMeasure::UpperShare,
            TextMeasure::HasEmail,
            TextMeasure::WordLength,
        ],
        0..4,
    );
    let more = (binning, outliers, dates, texts, prop::option::of(1usize..4), 0usize..4);
    let impute = prop::sample::select(vec![
        None,
        Some(crm_ml_preprocessing::Strategy::Mean),
        Some(crm_ml_preprocessing::Strategy::Median),
        Some(crm_ml_preprocessing::Strategy::MostFrequent),
        Some(crm_ml_preprocessing::Strategy::Constant(3.0)),
    ]);
    let unseen = prop::sample::select(vec![Unseen::Ignore, Unseen::Other, Unseen::Error]);
    (encoding, scaling, impute, unseen, any::<bool>(), prop::option::of(1usize..4), more).prop_map(
        |(encoding, scaling, impute, unseen, clip, most, (binning, outliers, dates, texts, hash, fill))| {
            let pipeline = TablePipeline::new()
                .encoding(encoding)
                .scaling(scaling)
                .impute(impute)
                .handle_unknown(unseen)
                .max_categories(most)
                .cv(2)
                .binning(binning)
                .text_measures(texts);
            let pipeline = if clip { pipeline.clip(0.1, 0.9) } else { pipeline.date_parts(dates) };
            let pipeline = match outliers {
                Some((rule, action)) => pipeline.outliers(rule, action),
                None => pipeline,
            };
            let pipeline = match hash {
                Some(above) => pipeline.hash_above(above, 3),
                None => pipeline,
            };
            match fill {
                1 => pipeline.impute_knn(2, NeighborWeights::Distance),
                2 => pipeline.impute_iterative(IterativeImputer::new().max_iter(2)),
                _ => pipeline,
            }
        },
    )
}

fn table(rows: &[Vec<String>]) -> Option<Table> {
    let mut text = "a,b,c,mail,tel,y\n".to_owned();
    rows.iter().for_each(|row| text.push_str(&(row.join(",") + "\n")));
    let schema = TableSchema::new().with_type("mail", FieldType::Email).with_type("tel", FieldType::Phone);
    let mut table = CsvOptions::new().schema(schema).read(text.as_bytes(), "cells").ok()?;
    table.set_role("y", Role::Target).ok()?;
    Some(table)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_table_gives_features_or_an_error(
        rows in prop::collection::vec(prop::collection::vec(cell(), 6), 1..25),
        new in prop::collection::vec(prop::collection::vec(cell(), 6), 1..5),
        pipeline in pipelines(),
    ) {
        let Some(training) = table(&rows) else { return Ok(()) };
        if let Ok((model, data)) = pipeline.fit_transform_target(&training) {
            prop_assert_eq!(data.samples().schema(), model.output_schema());
            let bytes = model.to_bytes().unwrap();
            let loaded = TablePipelineModel::from_bytes(&bytes).unwrap();
            prop_assert_eq!(&loaded, &model);
            let _ = model.report().to_string();
            // Training rows can always be scored, but for a category that only rows without a target had.
            if let Err(error) = model.transform(&training) {
                let unknown = matches!(error.kind(), ErrorKind::UnknownCategory { .. });
                prop_assert!(unknown && model.report().rows_out < rows.len(), "{}", error);
            }
            if let Some(Ok(samples)) = table(&new).map(|new| model.transform(&new)) {
                prop_assert_eq!(samples.n_rows(), new.len());
            }
        }
    }
}

#[test]
fn the_same_bits_at_any_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let table = leads(5000, 11).unwrap().table;
            let pipeline =
                TablePipeline::new().encoding(Encoding::Target).scaling(Scaling::Robust).clip(0.01, 0.99);
            let (model, data) = pipeline.fit_transform_target(&table).unwrap();
            let scored = model.transform(&table).unwrap();
            let bits = |cells: &[f64]| cells.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            (model.to_bytes().unwrap(), bits(data.samples().cells()), bits(scored.cells()))
        })
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert!(run(threads) == one, "{threads} threads");
    }
}
