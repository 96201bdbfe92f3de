//! Monthly revenue with trend, season, a driver and known anomalies.

use std::f64::consts::TAU;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch};
use chrono::{Datelike, NaiveDate};
use crm_ml_core::{Check, Error, Result, Stream};
use crm_ml_table::{Role, Table, TableSchema};

/// Standard deviation of the noise, as a share of the expected revenue.
const NOISE: f64 = 0.03;
const START_YEAR: usize = 2010;

/// Monthly revenue with its truth: `revenue = level * season + spend_effect * marketing_spend`, times noise, but for the
/// anomalies.
#[derive(Debug, Clone)]
pub struct MonthlyRevenue {
    /// `month` (time), `marketing_spend`, `revenue` (target).
    pub table: Table,
    /// Level of every month: 200,000 growing by 0.8 % a month.
    pub level: Vec<f64>,
    /// Factor of every calendar month, January first; their mean is 1.
    pub season: [f64; 12],
    /// Revenue for each unit of `marketing_spend`.
    pub spend_effect: f64,
    /// Standard deviation of the noise as a share of the expected revenue.
    pub noise: f64,
    /// Rows whose revenue was halved: about one in thirty, never in the first two years.
    pub anomalies: Vec<usize>,
}

/// Revenue of these many months from January 2010 on.
///
/// Errors: no months, or more than 1,200.
///
/// ```
/// let data = crm_ml_datasets::monthly_revenue(48, 3)?;
/// assert_eq!(data.table.n_rows(), 48);
/// assert!((data.season.iter().sum::<f64>() - 12.0).abs() < 1e-9);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn monthly_revenue(months: usize, seed: u64) -> Result<MonthlyRevenue> {
    Check::of("monthly_revenue").between("months", months, 1, 1200).finish()?;
    let mut stream = Stream::new(seed, "monthly revenue", 0);
    // A year's wave and a half-year's wave: both sum to 0 over the twelve months.
    let season = std::array::from_fn(|m| {
        let angle = TAU * m as f64 / 12.0;
        1.0 + 0.18 * (angle - 5.2).cos() + 0.06 * (2.0 * angle).sin()
    });
    let spend_effect = 2.5;
    let (mut days, mut spends, mut revenues) = (vec![], vec![], vec![]);
    let (mut level, mut anomalies) = (vec![], vec![]);
    for month in 0..months {
        let first = NaiveDate::from_ymd_opt((START_YEAR + month / 12) as i32, (month % 12 + 1) as u32, 1);
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1);
        let (Some(first), Some(epoch)) = (first, epoch) else {
            return Err(Error::unsupported("a month outside the calendar"));
        };
        days.push(first.num_days_from_ce() - epoch.num_days_from_ce());
        level.push(200_000.0 * 1.008f64.powi(month as i32));
        let spend = (12_000.0 * (0.35 * stream.normal()).exp()).round();
        let expected = level[month] * season[month % 12] + spend_effect * spend;
        let noisy = expected * (1.0 + NOISE * stream.normal());
        let is_anomaly = stream.uniform() < 1.0 / 30.0 && month >= 24;
        if is_anomaly {
            anomalies.push(month);
        }
        spends.push(spend);
        revenues.push((if is_anomaly { noisy / 2.0 } else { noisy }).round());
    }
    let columns: [(&str, ArrayRef); 3] = [
        ("month", Arc::new(Date32Array::from(days))),
        ("marketing_spend", Arc::new(Float64Array::from(spends))),
        ("revenue", Arc::new(Float64Array::from(revenues))),
    ];
    let batch = RecordBatch::try_from_iter(columns).map_err(|e| Error::unsupported(e.to_string()))?;
    let schema = TableSchema::new().with_role("month", Role::Time).with_role("revenue", Role::Target);
    let table = Table::from_record_batch_with(&batch, &schema)?;
    Ok(MonthlyRevenue { table, level, season, spend_effect, noise: NOISE, anomalies })
}
