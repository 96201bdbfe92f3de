//! Deals that are not there yet.

use crm_ml_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::deals::Deals;
use crate::hazards::AmountGroups;

/// How many deals come, and where they come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Arrivals {
    /// Deals a day.
    pub(crate) per_day: f64,
    /// State and amount group that deals come in with, and the share of those that do.
    pub(crate) shares: Vec<(u8, usize, f64)>,
    /// Squared relative error of the rate: of its estimate, and of quarters that differ.
    pub(crate) variance: f64,
}

impl Arrivals {
    /// Deals created within the last `window` days, and those reopened; at once lost ones are left out. `None` if there was none.
    pub(crate) fn of(
        deals: &Deals,
        groups: &AmountGroups,
        as_of: i32,
        first: i32,
        quarters: &[(i32, i32)],
        window: usize,
    ) -> Option<Self> {
        let lost = deals.stages().lost_state();
        let mut seen: Vec<(i32, u8, usize)> = Vec::new();
        for deal in 0..deals.len() {
            let mut closed = true;
            for visit in deals.visits(deal) {
                let group = || visit.events.first().map_or(0, |event| groups.of_amount(event.amount));
                if closed && visit.state != lost {
                    seen.push((visit.entered, visit.state, group()));
                }
                closed = visit.state >= lost;
            }
        }
        seen.sort_unstable();
        let before = |day: i32| seen.partition_point(|(seen, ..)| *seen <= day);
        let window = i32::try_from(window).unwrap_or(i32::MAX);
        let days = window.min(as_of.saturating_sub(first) + 1).max(1);
        let recent = &seen[before(as_of.saturating_sub(days))..];
        if recent.is_empty() {
            return None;
        }
        let count = recent.len() as f64;
        let mut kinds: Vec<(u8, usize)> = recent.iter().map(|(_, state, group)| (*state, *group)).collect();
        kinds.sort_unstable();
        let share = |same: &[(u8, usize)]| {
            same.first().map(|(state, group)| (*state, *group, same.len() as f64 / count))
        };
        let shares = kinds.chunk_by(|a, b| a == b).filter_map(share).collect();
        // Each quarter beside the rate of the window before it.
        let compared = quarters.iter().filter_map(|&(start, end)| {
            let earlier = start.checked_sub(1)?.checked_sub(days)?;
            (earlier >= first - 1).then(|| {
                let came = (before(end) - before(start - 1)) as f64;
                let rate = f64::from(end - start + 1) / f64::from(days);
                let expected = (before(start - 1) - before(earlier)) as f64 * rate;
                // A count, beside a multiple of a count.
                (came, expected, expected * (1.0 + rate))
            })
        });
        let variance = (spread(compared, 0) + 1.0 / count).min(1.0);
        Some(Self { per_day: count / f64::from(days), shares, variance })
    }

    pub(crate) fn validate(&self, stages: usize, groups: usize) -> Result<()> {
        let share = |(state, group, share): &(u8, usize, f64)| {
            (usize::from(*state) < stages || usize::from(*state) == stages + 1)
                && *group < groups
                && (0.0..=1.0).contains(share)
        };
        let sound = (0.0..=1e9).contains(&self.per_day)
            && (0.0..=1.0).contains(&self.variance)
            && !self.shares.is_empty()
            && self.shares.iter().all(share)
            && self.shares.iter().map(|(.., share)| share).sum::<f64>() <= 1.0 + 1e-9;
        if sound { Ok(()) } else { Err(Error::model_file("arrivals that are none")) }
    }
}

/// The relative variance of counts beyond chance: `(seen, expected, variance by chance)`, of which `fitted` numbers were
/// estimated from the same counts. A moment estimate, at least 0; 0 of fewer than three.
pub(crate) fn spread(quarters: impl Iterator<Item = (f64, f64, f64)>, fitted: usize) -> f64 {
    let (mut count, mut beyond, mut size) = (0, 0.0, 0.0);
    for (seen, expected, chance) in quarters {
        count += 1;
        beyond += (seen - expected) * (seen - expected) - chance;
        size += expected * expected;
    }
    if count < 3 || size <= 0.0 {
        return 0.0;
    }
    let lost = count as f64 / (count - fitted.min(count - 1)) as f64;
    (lost * beyond / size).clamp(0.0, 1.0)
}
