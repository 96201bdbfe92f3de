//! A field against the target.

use crm_ml_core::Result;

use super::alone;
use super::association::{Contingency, correlation, correlation_ratio, rank_correlation};
use super::bounds;
use super::field::Field;
use super::goal::{Estimate, Goal, Outcome, Outcomes, Target};
use super::report::{FieldEvidence, SanityAction, SanityCheck, Verdict};
use super::rules::{self, Rule};
use super::{Finding, SanityChecker};

/// Looks that share a field's part of the false alarms: correlation, Cramer's V or the correlation ratio, AUC, fill, rules,
/// and dates.
pub(super) const LOOKS: f64 = 6.0;

impl SanityChecker {
    /// All figures of a field against the target, and the verdicts on them; `alpha` is the field's part of the false alarms.
    pub(super) fn against_target(
        &self,
        field: &Field<'_>,
        goal: &Goal<'_>,
        alpha: f64,
    ) -> Result<(FieldEvidence, Vec<Verdict>)> {
        let filled = goal.share(|row| !field.is_missing(row));
        let mut evidence = FieldEvidence::filled(field.name(), Some(field.field_type()), filled);
        let mut verdicts = Vec::new();
        match &goal.target {
            Target::None => {}
            Target::Classes(outcomes) => {
                self.against_classes(field, goal, outcomes, alpha / LOOKS, &mut evidence, &mut verdicts)?;
            }
            Target::Values(values) => {
                self.against_values(field, goal, values, alpha / LOOKS, &mut evidence, &mut verdicts);
            }
        }
        Ok((evidence, verdicts))
    }

    fn against_classes(
        &self,
        field: &Field<'_>,
        goal: &Goal<'_>,
        outcomes: &Outcomes<'_>,
        alpha: f64,
        evidence: &mut FieldEvidence,
        verdicts: &mut Vec<Verdict>,
    ) -> Result<()> {
        let each = alpha / outcomes.tested.len().max(1) as f64;
        let filled: Vec<f64> =
            (0..goal.rows).map(|row| f64::from(u8::from(!field.is_missing(row)))).collect();
        let name = |outcome: &Outcome| format!("'{}'", outcomes.classes.name(outcome.class));
        let (mut correlated, mut ranked, mut fill) = (None, None, None);
        for outcome in &outcomes.tested {
            let truth: Vec<f64> = outcome.truth.iter().map(|t| f64::from(u8::from(*t))).collect();
            if let Some(numbers) = &field.numbers {
                let found = correlated_with(numbers, &truth, goal, each, self.max_correlation);
                keep_larger(&mut correlated, found, outcome);
            }
            let auc = alone::auc(field, goal, outcomes, outcome, each)?;
            keep_larger(&mut ranked, auc.map(|auc| (auc, auc.value)), outcome);
            keep_larger(&mut fill, fill_difference(&filled, goal, outcome, 0.5 * each), outcome);
        }
        if let Some((found, signed, outcome)) = correlated {
            evidence.correlation = Some(signed);
            if found.low > self.max_correlation {
                let words =
                    format!("{} correlates with being {}: {signed:.4}", field.measure(), name(outcome));
                let finding = Finding::new(SanityCheck::Correlation, signed, self.max_correlation, words);
                verdicts.push(finding.bound(found.low).on(field));
            }
        }
        if field.numbers.is_none() || field.groups.values {
            self.cramers_v(field, goal, outcomes, alpha, evidence, verdicts);
        }
        if let Some((found, _, outcome)) = ranked {
            evidence.auc = Some(found.value);
            let (limit, action) = if found.low > self.max_auc {
                (self.max_auc, SanityAction::Remove)
            } else {
                (self.suspicious_auc, SanityAction::Warn)
            };
            if found.low > limit {
                let words = format!(
                    "alone it ranks {} with an AUC of {:.3}: is it known before?",
                    name(outcome),
                    found.value
                );
                let finding = Finding::new(SanityCheck::SingleFieldAuc, found.value, limit, words);
                verdicts.push(finding.bound(found.low).action(action).on(field));
            }
        }
        if let Some((found, signed, outcome)) = fill {
            evidence.fill_difference = Some(found.value);
            if found.low > self.max_fill_difference {
                let way = if signed > 0.0 { "more" } else { "less" };
                let words = format!(
                    "filled {way} often by {:.1} points where it is {}",
                    100.0 * found.value,
                    name(outcome)
                );
                let finding =
                    Finding::new(SanityCheck::FillRate, found.value, self.max_fill_difference, words);
                verdicts.push(finding.bound(found.low).on(field));
            }
        }
        self.decides(field, goal, outcomes, alpha, evidence, verdicts);
        Ok(())
    }

    fn cramers_v(
        &self,
        field: &Field<'_>,
        goal: &Goal<'_>,
        outcomes: &Outcomes<'_>,
        alpha: f64,
        evidence: &mut FieldEvidence,
        verdicts: &mut Vec<Verdict>,
    ) {
        let mut table = Contingency::new(field.groups.names.len(), outcomes.classes.len());
        let mut rows = 0.0;
        for (row, code) in field.groups.codes.iter().enumerate() {
            if let Some(code) = code {
                table.add(*code as usize, outcomes.codes[row] as usize, goal.weight(row));
                rows += goal.efficiency;
            }
        }
        let found = table.chi_squared();
        let v = if self.bias_correction { found.cramers_v_corrected() } else { found.cramers_v() };
        evidence.cramers_v = v;
        let Some(v) = v else { return };
        let estimate =
            Estimate::correlation(v, rows, alpha, self.max_cramers_v, || found.p_value(goal.efficiency));
        if estimate.low > self.max_cramers_v && !outcomes.tested.is_empty() {
            let words = format!("its values tell the classes: Cramer's V {v:.4}");
            let finding = Finding::new(SanityCheck::CramersV, v, self.max_cramers_v, words);
            verdicts.push(finding.bound(estimate.low).on(field));
        }
    }

    /// Values, words, or being filled, that decide the class.
    fn decides(
        &self,
        field: &Field<'_>,
        goal: &Goal<'_>,
        outcomes: &Outcomes<'_>,
        alpha: f64,
        evidence: &mut FieldEvidence,
        verdicts: &mut Vec<Verdict>,
    ) {
        let by_value = rules::of_values(self, field, goal, outcomes, alpha);
        evidence.rule_confidence = by_value.iter().map(|rule| rule.confidence).reduce(f64::max);
        let judged = |rules: Vec<Rule>, check: SanityCheck, verdicts: &mut Vec<Verdict>| {
            let mut sure: Vec<Rule> = rules
                .into_iter()
                .filter(|rule| rule.confidence >= self.max_rule_confidence && rule.holds())
                .collect();
            // The rule that leaves least open first.
            sure.sort_by(|a, b| b.certainty().total_cmp(&a.certainty()));
            let more = sure.len().saturating_sub(1);
            let Some(rule) = sure.into_iter().next() else { return };
            let more =
                if more > 0 { format!(", and {more} more values decide as much") } else { String::new() };
            let words = format!(
                "where it {} ({} rows), {:.1} % are '{}', against {:.1} % of all{more}",
                rule.what,
                rule.rows,
                100.0 * rule.confidence,
                outcomes.classes.name(rule.class),
                100.0 * rule.rate
            );
            // That a value is never seen with a rare class may well be honest.
            let action = if rule.rate < 0.5 { SanityAction::Remove } else { SanityAction::Warn };
            let finding = Finding::new(check, rule.confidence, self.max_rule_confidence, words);
            verdicts.push(finding.bound(rule.low).value(rule.value).action(action).on(field));
        };
        judged(by_value, SanityCheck::RuleConfidence, verdicts);
        if !verdicts.iter().any(|v| v.check == SanityCheck::FillRate) {
            judged(rules::of_fill(self, field, goal, outcomes, 0.5 * alpha), SanityCheck::FillRate, verdicts);
        }
    }

    fn against_values(
        &self,
        field: &Field<'_>,
        goal: &Goal<'_>,
        values: &[f64],
        alpha: f64,
        evidence: &mut FieldEvidence,
        verdicts: &mut Vec<Verdict>,
    ) {
        if let Some(numbers) = &field.numbers {
            if let Some((found, signed)) = correlated_with(numbers, values, goal, alpha, self.max_correlation)
            {
                evidence.correlation = Some(signed);
                if found.low > self.max_correlation {
                    let words = format!("{} correlates with the target: {signed:.4}", field.measure());
                    let finding = Finding::new(SanityCheck::Correlation, signed, self.max_correlation, words);
                    verdicts.push(finding.bound(found.low).on(field));
                }
            }
        }
        if field.groups.values {
            let groups = &field.groups;
            let found = correlation_ratio(&groups.codes, groups.names.len(), values, goal.weights);
            evidence.correlation_ratio = found;
            let rows = groups.codes.iter().flatten().count() as f64 * goal.efficiency;
            let low = found.map_or(0.0, |ratio| bounds::correlation(ratio, rows, alpha));
            if let (Some(ratio), true) = (found, low > self.max_correlation) {
                let words = format!("its values tell the target: correlation ratio {ratio:.4}");
                let finding = Finding::new(SanityCheck::CorrelationRatio, ratio, self.max_correlation, words);
                verdicts.push(finding.bound(low).on(field));
            }
        }
        let filled: Vec<f64> =
            (0..goal.rows).map(|row| f64::from(u8::from(!field.is_missing(row)))).collect();
        if let Some((found, signed)) = correlated_with(&filled, values, goal, alpha, self.max_correlation) {
            evidence.fill_difference = Some(found.value);
            if found.low > self.max_correlation {
                let words = format!("being filled correlates with the target: {signed:.4}");
                let finding = Finding::new(SanityCheck::FillRate, found.value, self.max_correlation, words);
                verdicts.push(finding.bound(found.low).on(field));
            }
        }
    }
}

type Kept<'a> = Option<(Estimate, f64, &'a Outcome)>;

/// Keeps the class for which the figure is the largest; the number beside it is the figure with its sign.
fn keep_larger<'a>(kept: &mut Kept<'a>, found: Option<(Estimate, f64)>, outcome: &'a Outcome) {
    if let Some((estimate, signed)) = found {
        if kept.as_ref().is_none_or(|(before, ..)| estimate.value > before.value) {
            *kept = Some((estimate, signed, outcome));
        }
    }
}

/// The correlation's magnitude with its bound, and with its sign; the guard against chance knows ranks only, since one
/// extreme row can make any correlation.
fn correlated_with(a: &[f64], b: &[f64], goal: &Goal<'_>, alpha: f64, limit: f64) -> Option<(Estimate, f64)> {
    let signed = correlation(a, b, goal.weights)?;
    let rows = a.iter().zip(b).filter(|(x, y)| !x.is_nan() && !y.is_nan()).count() as f64 * goal.efficiency;
    let by_chance = || {
        let (rank, rows) = rank_correlation(a, b);
        let z = rank.abs() * (rows * goal.efficiency - 1.0).max(0.0).sqrt();
        statrs::function::erf::erfc(z / std::f64::consts::SQRT_2)
    };
    Some((Estimate::correlation(signed.abs(), rows, alpha, limit, by_chance), signed))
}

/// Share of filled rows of the class less that of the others.
fn fill_difference(
    filled: &[f64],
    goal: &Goal<'_>,
    outcome: &Outcome,
    alpha: f64,
) -> Option<(Estimate, f64)> {
    // Of the class, and of the others: rows, weight, weight filled.
    let mut sums = [[0.0; 3]; 2];
    for (row, filled) in filled.iter().enumerate() {
        let sum = &mut sums[usize::from(outcome.truth[row])];
        let weight = goal.weight(row);
        *sum = [sum[0] + goal.efficiency, sum[1] + weight, sum[2] + weight * filled];
    }
    let [[rows_b, weight_b, filled_b], [rows_a, weight_a, filled_a]] = sums;
    let (a, b) = (filled_a / weight_a, filled_b / weight_b);
    if !(a - b).is_finite() {
        return None;
    }
    let low = if a >= b {
        bounds::share_difference(a, rows_a, b, rows_b, alpha)
    } else {
        bounds::share_difference(b, rows_b, a, rows_a, alpha)
    };
    Some((Estimate { value: (a - b).abs(), low }, a - b))
}
