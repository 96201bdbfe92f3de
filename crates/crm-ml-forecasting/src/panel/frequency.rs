//! The frequency that times have.

use crm_ml_core::{Calendar, Error, Frequency, MonthDay, Result, Timestamp};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// The coarsest frequency on which all times of all series lie, each series counted from its first; `times` ascend.
///
/// Days without any Saturday or Sunday in three weeks or more are business days. Errors: no series with two times, times that lie
/// on no frequency of whole minutes.
pub fn infer_frequency(times: &[Vec<Timestamp>]) -> Result<Frequency> {
    let several: Vec<&Vec<Timestamp>> = times.iter().filter(|times| times.len() > 1).collect();
    if several.is_empty() {
        return Err(Error::unsupported("no series has two times: the frequency must be given"));
    }
    let fits = |frequency: Frequency| {
        several.iter().all(|times| {
            let calendar = Calendar::new(times[0], frequency);
            times.iter().all(|time| calendar.step(*time).is_some())
        })
    };
    let on = [MonthDay::Same, MonthDay::Last, MonthDay::FirstBusiness, MonthDay::LastBusiness];
    let months = [12, 6, 4, 3, 2, 1].into_iter().flat_map(|n| on.map(|on| Frequency::Months(n, on)));
    if let Some(months) = months.into_iter().find(|months| fits(*months)) {
        return Ok(months);
    }
    let apart = |a: Timestamp, b: Timestamp| a.seconds().abs_diff(b.seconds());
    let steps = several.iter().flat_map(|times| times.windows(2)).map(|pair| apart(pair[0], pair[1]));
    let step = steps.fold(0, greatest_common_divisor);
    if step % DAY == 0 {
        let days = u32::try_from(step / DAY).unwrap_or(u32::MAX);
        let weeks = several.iter().any(|times| apart(times[0], times[times.len() - 1]) >= 21 * DAY);
        return Ok(if days == 1 && weeks && fits(Frequency::BusinessDays) {
            Frequency::BusinessDays
        } else {
            Frequency::Days(days)
        });
    }
    if step > 0 && step % MINUTE == 0 {
        return Ok(Frequency::Minutes(u32::try_from(step / MINUTE).unwrap_or(u32::MAX)));
    }
    Err(Error::unsupported("the times lie on no frequency of whole minutes: it must be given"))
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
