//! Laws about outlier detectors.

use super::{ROWS, data, fit, samples};
use crate::{Laws, Subject};

/// Finite scores, decisions and flags that follow from them, and as many flags as the contamination says, within ties.
pub fn outlier_contract<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let rows = samples(&toy.x);
    let Some(of_default) = S::outliers(&fit(&laws.subject, &toy), &rows) else { return };
    let of_default = of_default.expect("the rows of the fit are scored");
    let (share, subject) = laws.contamination.as_ref().expect("a detector says how its contamination is set");
    let outliers = S::outliers(&fit(subject, &toy), &rows).and_then(Result::ok).expect("the rows are scored");
    for told in [&of_default, &outliers] {
        assert_eq!(told.scores.len(), ROWS, "one score a row");
        assert!(told.scores.iter().all(|score| score.is_finite()), "a score that is no number");
        for ((score, decision), flag) in told.scores.iter().zip(&told.decisions).zip(&told.flags) {
            assert_eq!(score - told.offset, *decision, "a decision that is not the score minus the offset");
            assert_eq!(*score < told.offset, *flag, "a flag that does not follow from the score");
        }
    }
    if !laws.fitted_rows_score_as_others {
        return;
    }
    let wanted = share * ROWS as f64;
    let flagged = outliers.flags.iter().filter(|flag| **flag).count() as f64;
    let at_most = outliers.scores.iter().filter(|score| **score <= outliers.offset).count() as f64;
    assert!(flagged <= wanted + 1.0, "{flagged} rows are flagged where {wanted} were asked for");
    assert!(at_most >= wanted - 1.0, "{at_most} rows reach the offset where {wanted} were asked for");
}
