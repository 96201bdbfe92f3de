//! The nearest-neighbour chain: from a cluster to its nearest, on to that one's nearest, until two are each other's nearest. These
//! two will be joined whatever else is, so they are joined at once and the rest of the chain stays valid.

use crm_ml_core::{Progress, Result, advance};

/// Two clusters that become one, each named by a row of its.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Join {
    pub(super) rows: [u32; 2],
    pub(super) height: f64,
}

/// Clusters that can be joined. Each is named by one of its rows.
pub(super) trait Clusters {
    /// Number of clusters.
    fn len(&self) -> usize;
    /// Any of them.
    fn first(&self) -> u32;
    /// The nearest other cluster and its distance; `preferred` where it is as near as any.
    fn nearest(&self, cluster: u32, preferred: Option<u32>) -> (u32, f64);
    /// Joins two clusters under the name of the second.
    fn join(&mut self, gone: u32, kept: u32);
}

/// Joins to be made between two calls of the progress.
const TOLD: usize = 256;

/// All joins, in the order of the chain.
pub(super) fn joins(mut clusters: impl Clusters, progress: &dyn Progress) -> Result<Vec<Join>> {
    let total = clusters.len().saturating_sub(1);
    let mut joins = Vec::with_capacity(total);
    let mut chain: Vec<u32> = Vec::new();
    while joins.len() < total {
        let tip = *chain.last().unwrap_or(&clusters.first());
        if chain.is_empty() {
            chain.push(tip);
        }
        let before = chain.len().checked_sub(2).map(|place| chain[place]);
        let (nearest, height) = clusters.nearest(tip, before);
        if before != Some(nearest) {
            chain.push(nearest);
            continue;
        }
        // The last two of the chain; rounding may have brought one of them in before, then all behind it goes.
        let joined = chain.iter().position(|name| *name == tip || *name == nearest);
        chain.truncate(joined.unwrap_or(0));
        clusters.join(tip, nearest);
        joins.push(Join { rows: [tip, nearest], height });
        if joins.len() % TOLD == 0 {
            advance(progress, "joining clusters", joins.len(), total)?;
        }
    }
    Ok(joins)
}
