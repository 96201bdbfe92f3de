//! What is to be predicted: converted or not.

use crm_ml_core::{Classes, Error, ErrorKind, Result};
use crm_ml_preprocessing::{labels, row_weights};
use crm_ml_table::Table;

/// Spellings that speak for themselves,
const CONVERTED: [&str; 5] = ["yes", "true", "won", "converted", "closed won"];
/// and those that do so only where there are but two classes: a count has a 1 as well.
const CONVERTED_OF_TWO: [&str; 3] = ["1", "y", "t"];

/// The leads whose outcome is known, and whether each converted (code 1).
pub(crate) struct Outcome {
    pub(crate) table: Table,
    pub(crate) codes: Vec<u32>,
    pub(crate) classes: Classes,
    pub(crate) weights: Option<Vec<f64>>,
    /// Rows left out, by reason.
    pub(crate) left_out: Vec<(&'static str, usize)>,
}

impl Outcome {
    /// Reads the target column. Leads without an outcome and those of weight 0 are left out.
    ///
    /// Errors: no target column; a class `positive` that does not occur; without it, a target whose positive class cannot be told.
    pub(crate) fn of(table: &Table, positive: Option<&str>) -> Result<Self> {
        let labels = labels(table)?;
        let all_weights = row_weights(table)?;
        let weighs = |row: &usize| all_weights.as_ref().is_none_or(|w| w[*row] > 0.0);
        let (classes, codes) = labels.encode();
        let positive = positive_code(&classes, positive)?;
        let kept: Vec<usize> = (0..labels.rows.len()).filter(|&i| weighs(&labels.rows[i])).collect();
        let rows: Vec<usize> = kept.iter().map(|&i| labels.rows[i]).collect();
        if rows.is_empty() {
            return Err(ErrorKind::AllWeightsZero.into());
        }
        let negative = match classes.len() {
            2 => classes.name(1 - positive).to_owned(),
            _ => format!("not {}", classes.name(positive)),
        };
        Ok(Self {
            table: table.select_rows(&rows)?,
            codes: kept.iter().map(|&i| u32::from(codes[i] == positive)).collect(),
            classes: Classes::new([negative, classes.name(positive).to_owned()])?,
            weights: all_weights.map(|w| rows.iter().map(|&row| w[row]).collect()),
            left_out: vec![
                ("no outcome", labels.missing),
                ("marked as deleted", labels.deleted),
                ("weight 0", labels.rows.len() - rows.len()),
            ],
        })
    }

    pub(crate) fn converted(&self) -> usize {
        self.codes.iter().filter(|code| **code == 1).count()
    }

    pub(crate) fn select(&self, rows: &[usize]) -> Result<(Table, Vec<u32>)> {
        Ok((self.table.select_rows(rows)?, rows.iter().map(|&row| self.codes[row]).collect()))
    }
}

/// Classes that a message names.
const SHOWN: usize = 10;

fn positive_code(classes: &Classes, positive: Option<&str>) -> Result<u32> {
    if let [only] = classes.names() {
        let what = format!(
            "the target says '{only}' in every row: two outcomes are needed to learn what tells them apart"
        );
        return Err(Error::unsupported(what));
    }
    let names = || {
        let shown: Vec<String> = classes.names().iter().take(SHOWN).map(|n| format!("'{n}'")).collect();
        let more = classes.len().saturating_sub(SHOWN);
        shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
    };
    if let Some(name) = positive {
        return classes.code(name).ok_or_else(|| {
            Error::unsupported(format!("the target never says '{name}'; it has the classes {}", names()))
        });
    }
    let tells = |name: &String| {
        let name = name.to_lowercase();
        CONVERTED.contains(&name.as_str()) || classes.len() == 2 && CONVERTED_OF_TWO.contains(&name.as_str())
    };
    let found: Vec<usize> = (0..classes.len()).filter(|&i| tells(&classes.names()[i])).collect();
    match found.as_slice() {
        [one] => Ok(*one as u32),
        _ => Err(Error::unsupported(format!(
            "which class of the target means converted? Name it as the positive one of {}",
            names()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(names: &[&str], positive: Option<&str>) -> Result<u32> {
        positive_code(&Classes::new(names.iter().copied())?, positive)
    }

    #[test]
    fn the_positive_class_is_told_or_asked_for() {
        assert_eq!(code(&["No", "Yes"], None).unwrap(), 1);
        assert_eq!(code(&["Closed Lost", "Closed Won", "Open"], None).unwrap(), 1);
        assert_eq!(code(&["churned", "stayed"], Some("churned")).unwrap(), 0);
        let message = |result: Result<u32>| result.unwrap_err().to_string();
        assert!(message(code(&["churned", "stayed"], None)).contains("'churned', 'stayed'"));
        assert!(message(code(&["no", "yes"], Some("maybe"))).contains("never says 'maybe'"));
        assert!(message(code(&["1", "yes"], None)).contains("which class"));
        assert!(message(code(&["yes"], None)).contains("'yes' in every row"));
        assert_eq!(code(&["0", "1"], None).unwrap(), 1);
        assert!(message(code(&["0", "1", "2"], None)).contains("which class"), "a count is no outcome");
        let many: Vec<String> = (0..73).map(|i| i.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(message(code(&many, None)).ends_with("'9' and 63 more"));
    }
}
