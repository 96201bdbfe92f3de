//! What deals close at.

use crm_ml_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::deals::{Deals, known};
use crate::hazards::AmountGroups;

/// The latest won deals that are kept of each kind.
const KEPT: usize = 1000;
/// Fewer than these say too little: all stages (or groups) together are taken.
const FEW: usize = 20;
/// A deal that closes at more than ten times its amount had a placeholder for one.
const MOST_RATIO: f64 = 10.0;

/// What was won, beside what it was thought to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Amounts {
    /// For each open stage the amounts at closing over those while there.
    pub(crate) ratios: Vec<Vec<f64>>,
    /// For each amount group at the start the amounts at closing.
    pub(crate) by_group: Vec<Vec<f64>>,
    /// Amounts at closing.
    pub(crate) won: Vec<f64>,
}

impl Amounts {
    /// Of the won deals. The amount of a stage is that on the middle day of the stay, which stands for any day of it.
    pub(crate) fn of(deals: &Deals, groups: &AmountGroups) -> Self {
        let mut wins: Vec<(i32, usize, f64)> = (0..deals.len())
            .filter_map(|deal| deals.win(deal).map(|(day, amount)| (day, deal, known(amount))))
            .collect();
        wins.sort_unstable_by_key(|(day, deal, _)| (*day, *deal));
        let stages = deals.stages().count();
        let mut ratios = vec![Vec::new(); stages];
        let mut by_group = vec![Vec::new(); groups.count()];
        let mut won = Vec::new();
        for (_, deal, amount) in wins.into_iter().rev() {
            push(&mut won, amount);
            if let Some(first) = deals.events(deal).first() {
                push(&mut by_group[groups.of_amount(first.amount)], amount);
            }
            for visit in deals.visits(deal) {
                let (Some(ratios), Some((left, _))) = (ratios.get_mut(usize::from(visit.state)), visit.exit)
                else {
                    continue;
                };
                let then = visit.amount(visit.entered + (left - visit.entered) / 2);
                if then > 0.0 {
                    push(ratios, (amount / then).min(MOST_RATIO));
                }
            }
        }
        let mut all: Vec<f64> = ratios.iter().flatten().copied().collect();
        if all.is_empty() {
            all.push(1.0);
        }
        for few in ratios.iter_mut().filter(|ratios| ratios.len() < FEW) {
            few.clone_from(&all);
        }
        for few in by_group.iter_mut().filter(|amounts| amounts.len() < FEW) {
            few.clone_from(&won);
        }
        Self { ratios, by_group, won }
    }

    pub(crate) fn validate(&self, stages: usize, groups: usize) -> Result<()> {
        let amounts =
            |list: &Vec<f64>| !list.is_empty() && list.iter().all(|amount| (0.0..=1e15).contains(amount));
        let lists = self.ratios.iter().chain(&self.by_group).chain([&self.won]);
        let counts = self.ratios.len() == stages && self.by_group.len() == groups;
        if counts && lists.into_iter().all(amounts) {
            Ok(())
        } else {
            Err(Error::model_file("amounts that are none"))
        }
    }
}

fn push(list: &mut Vec<f64>, value: f64) {
    if list.len() < KEPT {
        list.push(value);
    }
}

/// The mean of a list, 0 of an empty one.
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}
