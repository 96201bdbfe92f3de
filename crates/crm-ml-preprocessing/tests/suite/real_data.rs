//! Public sets go through the pipeline, and the report reconciles.

use std::path::PathBuf;

use crm_ml_datasets::{bank_marketing, hillstrom, telco_churn};
use crm_ml_preprocessing::{Encoding, Scaling, TablePipeline};

#[test]
fn public_sets_become_features() {
    let Some(folder) = std::env::var_os("CRM_ML_DATA").map(PathBuf::from) else {
        println!("skipped: CRM_ML_DATA is not set");
        return;
    };
    let sets = [
        (bank_marketing(folder.join("bank_marketing.csv.gz")).unwrap(), 41_188, 62, 19),
        (telco_churn(folder.join("telco_churn.csv")).unwrap(), 7043, 42, 20),
        (hillstrom(folder.join("hillstrom.csv.gz")).unwrap(), 64_000, 21, 9),
    ];
    for (table, rows, one_hot, native) in sets {
        for (encoding, width) in [(Encoding::OneHot, one_hot), (Encoding::Native, native)] {
            let pipeline = TablePipeline::new().encoding(encoding).scaling(Scaling::Standard);
            let (model, data) = pipeline.fit_transform_target(&table).unwrap();
            if encoding == Encoding::OneHot {
                println!("{}", model.report());
            }
            let names: Vec<&str> = model.output_schema().columns().iter().map(|c| c.name.as_str()).collect();
            println!("{names:?}");
            assert_eq!((data.n_rows(), data.classes().len()), (rows, 2));
            assert_eq!(data.samples().n_columns(), width, "{names:?}");
            let report = model.report();
            assert_eq!(
                report.rows_in,
                report.rows_out + report.dropped_rows.iter().map(|d| d.count).sum::<usize>()
            );
        }
    }
}
