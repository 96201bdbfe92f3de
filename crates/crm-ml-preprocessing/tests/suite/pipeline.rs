//! The pipeline from table to features: training and scoring cannot differ.

use crm_ml_core::{Classes, ErrorKind, Persist, Samples};
use crm_ml_datasets::{LeadGenerator, leads};
use crm_ml_preprocessing::{
    Encoding, SanityChecker, Scaling, Strategy, TablePipeline, TablePipelineModel, Unseen, labels,
};
use crm_ml_table::{CsvOptions, FieldSpec, FieldType, Role, Table, TableSchema};

const ENCODINGS: [Encoding; 6] = [
    Encoding::OneHot,
    Encoding::Ordinal,
    Encoding::Frequency,
    Encoding::Target,
    Encoding::Native,
    Encoding::WeightOfEvidence,
];

fn csv(text: &str) -> Table {
    Table::from_csv_reader(text.as_bytes(), "test.csv").unwrap()
}

fn with_target(text: &str, target: &str) -> Table {
    let mut table = csv(text);
    table.set_role(target, Role::Target).unwrap();
    table
}

fn bits(samples: &Samples<'_>) -> Vec<u64> {
    samples.cells().iter().map(|v| v.to_bits()).collect()
}

fn through_csv(table: &Table) -> Table {
    let mut bytes = Vec::new();
    table.write_csv_to(&mut bytes).unwrap();
    Table::from_csv_reader(bytes.as_slice(), "again.csv").unwrap()
}

#[test]
fn scoring_is_the_training_path_for_every_encoding() {
    let table = leads(600, 3).unwrap().table;
    for encoding in ENCODINGS {
        let pipeline = TablePipeline::new().encoding(encoding).scaling(Scaling::Standard).clip(0.01, 0.99);
        let (model, data) = pipeline.fit_transform_target(&table).unwrap();
        let direct = model.transform(&table).unwrap();
        assert_eq!(direct.schema(), data.samples().schema());
        if matches!(encoding, Encoding::Target | Encoding::WeightOfEvidence) {
            assert_ne!(bits(&direct), bits(data.samples()), "training rows must be cross-fitted");
        } else {
            assert_eq!(bits(&direct), bits(data.samples()), "{encoding:?}");
        }
        // Saved and loaded.
        let bytes = model.to_bytes().unwrap();
        let loaded = TablePipelineModel::from_bytes(&bytes).unwrap();
        assert_eq!(loaded, model);
        assert_eq!(loaded.to_bytes().unwrap(), bytes);
        assert_eq!(bits(&loaded.transform(&table).unwrap()), bits(&direct));
        // Written to a file and read again, with and without the schema of training.
        assert_eq!(bits(&model.transform(&through_csv(&table)).unwrap()), bits(&direct));
        let mut file = Vec::new();
        table.write_csv_to(&mut file).unwrap();
        let declared = model.read_options().read(file.as_slice(), "again.csv").unwrap();
        assert_eq!(bits(&model.transform(&declared).unwrap()), bits(&direct));
        // Columns in another order, and without the target.
        let mut names: Vec<&str> =
            table.fields().map(|f| f.name.as_str()).filter(|n| *n != "converted").collect();
        names.reverse();
        let permuted = table.select_columns(&names).unwrap();
        assert_eq!(bits(&model.transform(&permuted).unwrap()), bits(&direct));
        // Row by row.
        for row in 0..20 {
            let one = through_csv(&table.select_rows(&[row]).unwrap());
            assert_eq!(bits(&model.transform(&one).unwrap()), bits(&direct.select_rows(&[row])), "row {row}");
        }
    }
}

#[test]
fn a_missing_or_renamed_column_is_refused_by_name() {
    let table = leads(200, 1).unwrap().table;
    let (model, _) = TablePipeline::new().fit_transform_target(&table).unwrap();
    let error = model.transform(&table.drop_columns(&["industry"]).unwrap()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::MissingColumn { column, .. } if column == "industry"),
        "{error}"
    );
    let mut bytes = Vec::new();
    table.write_csv_to(&mut bytes).unwrap();
    let renamed = String::from_utf8(bytes).unwrap().replacen("industry", "Industry", 1);
    let error = model.transform(&csv(&renamed)).unwrap_err();
    assert!(error.to_string().contains("column 'industry' is missing"), "{error}");
    // Fields that were not used are not asked for.
    model.transform(&table.drop_columns(&["lead_id", "converted"]).unwrap()).unwrap();
}

#[test]
fn columns_take_the_type_of_training() {
    let training = with_target(
        "level,size,code,ok,seen,won\n1.5,10,a1,yes,2024-01-31,y\n2,20,b2,no,2024-02-01,n\n,30,07,yes,,y\n4,40,b2,no,2024-03-05,n\n",
        "won",
    );
    let (model, _) = TablePipeline::new().encoding(Encoding::Native).fit_transform_target(&training).unwrap();
    // Alone, these would be integers, a number, an integer, a date with a time and an empty column.
    let scoring = csv("level,size,code,ok,seen\n2,20.5,07,1,2024-02-01T12:00:00+01:00\n3,$1,7,0,\n,,,,\n");
    let samples = model.transform(&scoring).unwrap();
    let schema = samples.schema();
    let column = |name: &str| schema.columns().iter().position(|c| c.name == name).unwrap();
    assert_eq!(samples.row(0)[column("size")], 20.5);
    assert_eq!(samples.row(1)[column("size")], 1.0);
    assert_eq!(samples.row(2)[column("size")], 25.0, "the median of training");
    assert_eq!(samples.row(0)[column("code")], 0.0, "'07' is a known level");
    assert_eq!(samples.row(1)[column("code")], -1.0, "'7' is not");
    assert!(samples.row(2)[column("code")].is_nan());
    assert_eq!(samples.row(0)[column("ok")], 1.0);
    assert_eq!(samples.row(0)[column("seen days")], 1.0);
    // A column without any value, whatever it is taken for.
    let empty = csv("level,size,code,ok,seen\n,,,,\n");
    assert_eq!(model.transform(&empty).unwrap().row(0)[column("level=(missing)")], 1.0);
}

#[test]
fn a_value_that_does_not_parse_is_refused_with_its_place() {
    let training = with_target("size,won\n1,y\n2,n\n3,y\n", "won");
    let (model, _) = TablePipeline::new().fit_transform_target(&training).unwrap();
    let error = model.transform(&csv("size\n4\nmany\n")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "test.csv, line 3, column 'size', value 'many': the column is declared number: expected a number, such as 1234.5, $1,234.50 or 45%, or a missing marker"
    );
}

#[test]
fn unseen_categories_follow_the_policy() {
    let text = "c,won\na,y\na,n\na,y\nb,n\nb,y\nr,n\ns,y\n";
    let training = with_target(text, "won");
    let new = csv("c\nnew\nr\n\"a\"\n");
    let fit = |unseen: Unseen, frequency: Option<f64>| {
        let pipeline = TablePipeline::new().handle_unknown(unseen).min_frequency(frequency);
        pipeline.fit_transform_target(&training).unwrap().0
    };
    let model = fit(Unseen::Other, Some(2.0));
    let names: Vec<String> = model.output_schema().columns().iter().map(|c| c.name.clone()).collect();
    assert_eq!(names, ["c=a", "c=b", "c=(other)"]);
    assert_eq!(model.transform(&new).unwrap().cells(), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    let model = fit(Unseen::Ignore, Some(2.0));
    assert_eq!(model.transform(&new).unwrap().cells(), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    let error = fit(Unseen::Error, Some(2.0)).transform(&new).unwrap_err();
    assert_eq!(error.to_string(), "row 0, column 'c': unknown category 'new'");
    // Without rare levels there is nothing to join.
    assert_eq!(fit(Unseen::Other, None).transform(&new).unwrap().row(0), [0.0; 4]);
}

#[test]
fn the_report_reconciles_rows_and_explains_every_field() {
    let text =
        "id,size,one,none,c,w,won\n1,1,k,,a,1,y\n2,,k,,b,1,n\n3,100,k,,a,0,y\n4,3,k,,a,1,\n5,4,k,,,2,n\n";
    let mut table = with_target(text, "won");
    table.set_role("w", Role::Weight).unwrap();
    let (model, data) = TablePipeline::new().clip(0.4, 1.0).fit_transform_target(&table).unwrap();
    let report = model.report();
    println!("{report}");
    assert_eq!((report.rows_in, report.rows_out, data.n_rows()), (5, 3, 3));
    let dropped: usize = report.dropped_rows.iter().map(|d| d.count).sum();
    assert_eq!(report.rows_in, report.rows_out + dropped);
    let field = |name: &str| report.fields.iter().find(|f| f.name == name).unwrap();
    let size = field("size");
    assert_eq!((size.before.count, size.before.missing, size.clipped), (2, 1, 1));
    assert_eq!(size.after.unwrap().missing, 0);
    assert_eq!(size.before.mean, Some(2.5));
    assert_eq!(size.columns, ["size", "size=(missing)"]);
    assert_eq!(field("one").dropped.as_deref(), Some("constant: always 'k'"));
    assert_eq!(field("none").dropped.as_deref(), Some("no values"));
    assert_eq!(field("won").dropped.as_deref(), Some("its role is target"));
    assert_eq!(field("id").dropped.as_deref(), Some("its role is id"));
    let text = report.to_string();
    assert!(
        text.starts_with("rows: 5 given, 1 dropped (weight 0), 1 dropped (target missing), 3 used\n"),
        "{text}"
    );
    assert_eq!(data.samples().weights(), Some([1.0, 1.0, 2.0].as_slice()));
}

#[test]
fn weights_whose_sum_overflows_are_refused() {
    let mut table = csv("x,w\n1,1e308\n2,1e308\n3,0\n");
    table.set_role("w", Role::Weight).unwrap();
    let message = "column 'w': the sum of the weights is beyond what a 64-bit float holds";
    assert_eq!(TablePipeline::new().fit(&table).unwrap_err().to_string(), message);
}

#[test]
fn a_bad_target_is_named_by_its_row_as_given() {
    let mut table = csv("x,w\n1,0\n2,1\n3,1\n");
    table.set_role("w", Role::Weight).unwrap();
    let (pipeline, classes) = (TablePipeline::new(), Classes::new(["no", "yes"]).unwrap());
    let errors = [
        pipeline.fit_transform_labeled(&table, &[9, 0, 2], &classes).map(|_| ()),
        pipeline.fit_transform_targeted(&table, &[f64::NAN, 1.0, f64::NAN]).map(|_| ()),
    ];
    for error in errors {
        let error = error.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidTarget { row: 2, .. }), "{error}");
    }
}

#[test]
fn rows_marked_as_deleted_are_not_learnt_from() {
    let rows = |all: bool| -> String {
        let row = |i: usize| match i % 4 {
            3 if !all => String::new(),
            3 => format!("1000{i},spam,1,{}\n", usize::from(i < 40)),
            _ => format!("{},{},0,{}\n", i % 7, ["ads", "fair"][i % 2], usize::from(i % 3 > 0)),
        };
        (0..80).map(row).collect()
    };
    let read = |all| csv(&format!("visits,source,deleted,w\n{}", rows(all)));
    let (mut table, mut live) = (read(true), read(false));
    let codes = |table: &Table| (0..table.n_rows()).map(|row| row as u32 % 2).collect::<Vec<_>>();
    let classes = Classes::new(["no", "yes"]).unwrap();
    let pipeline = TablePipeline::new().sanity(SanityChecker::new().warn_only(true));
    for weighted in [false, true] {
        let role = if weighted { Role::Weight } else { Role::Ignored };
        table.set_role("w", role).unwrap();
        live.set_role("w", role).unwrap();
        let (model, data) = pipeline.fit_transform(&table).unwrap();
        let (alone, expected) = pipeline.fit_transform(&live).unwrap();
        assert_eq!((data.schema(), bits(&data)), (expected.schema(), bits(&expected)));
        assert_eq!(model.report().sanity, alone.report().sanity);
        let dropped = |model: &TablePipelineModel| -> Vec<(String, usize)> {
            model.report().dropped_rows.iter().map(|d| (d.reason.clone(), d.count)).collect()
        };
        let weightless = if weighted { vec![("weight 0".to_owned(), 20)] } else { Vec::new() };
        assert_eq!(dropped(&alone), weightless);
        assert_eq!(dropped(&model), [vec![("marked as deleted".to_owned(), 20)], weightless].concat());
        let report = model.report();
        assert_eq!((report.rows_in, report.rows_out), (80, if weighted { 40 } else { 60 }));
        let (_, data) = pipeline.fit_transform_labeled(&table, &codes(&table), &classes).unwrap();
        let target = vec![0.5; table.n_rows()];
        let (_, targeted) = pipeline.fit_transform_targeted(&table, &target).unwrap();
        assert_eq!((bits(data.samples()), bits(targeted.samples())), (bits(&expected), bits(&expected)));

        let checker = SanityChecker::new();
        assert_eq!(checker.summarize(&table).unwrap(), checker.summarize(&live).unwrap());
        let (found, expected) = (checker.check_unlabeled(&table), checker.check_unlabeled(&live));
        assert_eq!(found.unwrap(), expected.unwrap());
    }
    let gone = csv("x,deleted\n1,1\n2,1\n");
    let message = pipeline.fit(&gone).unwrap_err().to_string();
    assert!(message.contains("rows that are not marked as deleted"), "{message}");
}

#[test]
fn every_output_column_knows_its_field_and_nothing_is_missing() {
    let table = leads(500, 9).unwrap().table;
    for encoding in [Encoding::OneHot, Encoding::Ordinal, Encoding::Frequency, Encoding::Target] {
        let (model, data) = TablePipeline::new().encoding(encoding).fit_transform_target(&table).unwrap();
        assert_eq!(data.samples().first_missing(), None);
        for column in model.output_schema().columns() {
            assert!(table.field(&column.field).is_ok(), "{column:?}");
            assert!(column.name.starts_with(&column.field), "{column:?}");
        }
    }
    let native = TablePipeline::new().encoding(Encoding::Native).impute(None);
    let (_, data) = native.fit_transform_target(&table).unwrap();
    assert!(data.samples().first_missing().is_some());
    println!("{}", native.fit_transform_target(&table).unwrap().0.report());
}

#[test]
fn target_encoding_does_not_leak() {
    // Every row its own category: the only thing to learn is the row's own label.
    let rows: String =
        (0..400).map(|i| format!("k {i},{}\n", if i * 7919 % 13 < 6 { "y" } else { "n" })).collect();
    let schema = TableSchema::new().with_type("c", FieldType::Category).with_role("won", Role::Target);
    let table = CsvOptions::new().schema(schema).read(format!("c,won\n{rows}").as_bytes(), "k").unwrap();
    let pipeline = TablePipeline::new().encoding(Encoding::Target).max_categories(None);
    let (_, data) = pipeline.fit_transform_target(&table).unwrap();
    let mut values: Vec<f64> = data.samples().cells().to_vec();
    values.sort_by(f64::total_cmp);
    values.dedup();
    assert!(values.len() <= 5, "only the folds' means are left: {values:?}");
}

#[test]
fn labels_and_parameters_are_checked() {
    let table = csv("a,b\n1,x\n2,y\n");
    assert!(labels(&table).unwrap_err().to_string().contains("no column of the table has the role 'target'"));
    let bad = TablePipeline::new().clip(0.9, f64::NAN).min_frequency(-1.0).max_categories(0).cv(1);
    let error = bad.impute(Strategy::Constant(f64::NAN)).fit(&table).unwrap_err();
    for parameter in ["clip", "min_frequency", "max_categories", "cv", "impute.constant"] {
        assert!(error.to_string().contains(parameter), "{error}");
    }
    assert!(TablePipeline::new().encoding(Encoding::Target).fit(&table).is_err());
    let error = TablePipeline::new().fit(&csv("id\n1\n2\n")).unwrap_err();
    assert!(error.to_string().contains("no feature to learn from"), "{error}");
    let numbers = with_target("a,y\n1,10\n2,9\n3,10\n", "y");
    assert_eq!(labels(&numbers).unwrap().encode().0.names(), ["9", "10"]);
}

#[test]
fn weights_count_rows() {
    let text = |rows: &str| format!("x,c,w,won\n{rows}");
    let schema = TableSchema::new()
        .with(FieldSpec::new("w").field_type(FieldType::Number).role(Role::Weight))
        .with_type("x", FieldType::Number)
        .with_type("c", FieldType::Category)
        .with_role("won", Role::Target);
    let read =
        |rows: &str| CsvOptions::new().schema(schema.clone()).read(text(rows).as_bytes(), "w").unwrap();
    let weighted = read("1,a,2,y\n5,b,1,n\n,a,1,n\n9,b,0,y\n");
    let repeated = read("1,a,1,y\n1,a,1,y\n5,b,1,n\n,a,1,n\n");
    for scaling in [Scaling::Standard, Scaling::MinMax, Scaling::Robust] {
        let pipeline =
            TablePipeline::new().scaling(scaling).impute(Strategy::Median).encoding(Encoding::Frequency);
        let (one, _) = pipeline.fit_transform_target(&weighted).unwrap();
        let (other, _) = pipeline.fit_transform_target(&repeated).unwrap();
        let (one, other) = (one.transform(&weighted).unwrap(), other.transform(&weighted).unwrap());
        assert!(one.cells().iter().zip(other.cells()).all(|(a, b)| (a - b).abs() < 1e-12), "{scaling:?}");
    }
}

#[test]
fn damaged_files_give_an_error_or_a_valid_model() {
    let table = LeadGenerator::new(60).seed(2).generate().unwrap().table;
    for encoding in ENCODINGS {
        let pipeline = TablePipeline::new().encoding(encoding).clip(0.05, 0.95);
        let bytes = pipeline.fit_transform_target(&table).unwrap().0.to_bytes().unwrap();
        for cut in 0..bytes.len() {
            assert!(TablePipelineModel::from_bytes(&bytes[..cut]).is_err());
        }
        let mut stream = crm_ml_core::Stream::new(1, "flips", encoding as u64);
        for _ in 0..1000 {
            let mut damaged = bytes.clone();
            let place = stream.below(damaged.len());
            damaged[place] ^= 1 << stream.below(8);
            crm_ml_core::reseal(&mut damaged);
            if let Ok(model) = TablePipelineModel::from_bytes(&damaged) {
                let _ = model.transform(&table);
                let _ = model.report().to_string();
            }
        }
    }
}
