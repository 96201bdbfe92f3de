//! A shallow tree that tells the segments by their raw fields.

use crm_ml_classifiers::{DecisionTreeClassifier, Drawing};
use crm_ml_core::ndarray::{Array1, Array2};
use crm_ml_core::{
    Classes, Classifier, ClassifierModel, Column as Feature, Error, Labeled, Progress, Result, Samples,
    Schema,
};
use crm_ml_table::{FieldType, Table};

use super::groups::Groups;
use super::model::SegmentTree;
use super::rules::readable;

/// A category of more levels is not asked: nobody reads the sets.
const MOST_LEVELS: usize = 60;
/// Leaves below this share of the rows are not grown.
const LEAST_LEAF: f64 = 0.01;
const DAYS_A_YEAR: f64 = 365.2425;

/// `None` for one segment, or without a field to ask.
pub(super) fn describe(
    table: &Table,
    groups: &Groups,
    names: &[String],
    depth: usize,
    progress: &dyn Progress,
) -> Result<Option<SegmentTree>> {
    let (columns, schema) = features(table, groups)?;
    if columns.is_empty() || groups.len() < 2 {
        return Ok(None);
    }
    let rows = groups.rows.len();
    let gapless = |cells: &Vec<f64>| cells.iter().all(|cell| !cell.is_nan());
    let complete: Vec<String> = columns
        .iter()
        .zip(&schema)
        .filter(|(cells, _)| gapless(cells))
        .map(|(_, f)| f.name.clone())
        .collect();
    let cells = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
    let x =
        Array2::from_shape_vec((rows, columns.len()), cells).map_err(|e| Error::numerical(e.to_string()))?;
    let weights = Array1::from(groups.weights.clone());
    let samples = Samples::from_array(x)?.with_schema(&Schema::new(schema)?)?.with_weights(&weights)?;
    let codes: Vec<u32> = groups.of.iter().map(|&group| group as u32).collect();
    let data = Labeled::from_codes(samples, &codes, &Classes::new(names.iter().cloned())?)?;
    let leaf = ((rows as f64 * LEAST_LEAF) as usize).max(1);
    let model =
        DecisionTreeClassifier::new().max_depth(depth).min_samples_leaf(leaf).fit_with(&data, progress)?;
    let mut told = vec![0.0; groups.len()];
    for (row, code) in model.predict(data.samples())?.into_iter().enumerate() {
        if code == codes[row] {
            told[groups.of[row]] += groups.weights[row];
        }
    }
    Ok(Some(SegmentTree {
        accuracy: (told.iter().sum::<f64>() / groups.total).clamp(0.0, 1.0),
        baseline: groups.totals.iter().fold(0.0, |most: f64, total| most.max(*total)) / groups.total,
        recall: told.iter().zip(&groups.totals).map(|(told, total)| (told / total).clamp(0.0, 1.0)).collect(),
        rules: readable(&model.export_text(&Drawing::new())?, &complete),
        model,
    }))
}

/// The columns that can be asked, and what they are.
fn features(table: &Table, groups: &Groups) -> Result<(Vec<Vec<f64>>, Vec<Feature>)> {
    let (mut columns, mut schema) = (Vec::new(), Vec::new());
    for field in table.features() {
        let column = table.column(&field.name)?;
        let (cells, feature) = match field.field_type {
            FieldType::Number | FieldType::Integer => (column.numbers()?, Feature::real(&field.name)),
            FieldType::Date | FieldType::DateTime => {
                let year =
                    |day: Option<i32>| day.map_or(f64::NAN, |day| 1970.0 + f64::from(day) / DAYS_A_YEAR);
                let name = format!("{} (year)", field.name);
                let feature = Feature::real(name).from_field(&field.name);
                (column.days()?.into_iter().map(year).collect(), feature)
            }
            FieldType::Boolean | FieldType::Category => {
                let (levels, codes) = column.levels();
                if levels.len() > MOST_LEVELS {
                    continue;
                }
                let cells = codes.iter().map(|code| code.map_or(f64::NAN, f64::from)).collect();
                (cells, Feature::category(&field.name, levels))
            }
            _ => continue,
        };
        let kept: Vec<f64> = groups.rows.iter().map(|&row| cells[row]).collect();
        if kept.iter().any(|cell| !cell.is_nan()) {
            columns.push(kept);
            schema.push(feature);
        }
    }
    Ok((columns, schema))
}
