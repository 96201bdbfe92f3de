//! Series that are sums of others, and forecasts that add up.

mod paths;
mod reconcile;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crm_ml_core::{Error, Persist, Result, Series};
use serde::{Deserialize, Serialize};

pub use reconcile::Reconciliation;

/// A tree of sums: a company's regions, a region's products.
///
/// Nodes stand parents first. Made of parents' names or of key columns; [`aggregate`](Self::aggregate) adds up the series of the leaves,
/// [`reconcile`](Self::reconcile) makes forecasts of all nodes add up, [`forecast`](Self::forecast) their intervals too.
///
/// ```
/// use crm_ml_core::Series;
/// use crm_ml_forecasting::{Hierarchy, Reconciliation};
///
/// let company = Hierarchy::from_parents(&[("all", None), ("north", Some("all")), ("south", Some("all"))])?;
/// let leaves = [Series::new(&[1.0, 2.0])?.named("south"), Series::new(&[3.0, 5.0])?.named("north")];
/// let all = company.aggregate(&leaves)?;
/// assert_eq!((all[0].name(), all[0].values()), ("all", &[4.0, 7.0][..]));
/// let forecasts = [vec![9.0], vec![5.0], vec![1.0]];
/// let sums = company.reconcile(&forecasts, &Reconciliation::Ols)?;
/// assert!((sums[0][0] - sums[1][0] - sums[2][0]).abs() < 1e-9 && (sums[0][0] - 8.0).abs() < 1e-9);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hierarchy {
    names: Vec<String>,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
}

impl Hierarchy {
    /// Nodes with the names of their parents, in any order.
    ///
    /// Errors: no nodes, a name twice, a parent that is no node, a node that is below itself.
    pub fn from_parents<S: AsRef<str>>(nodes: &[(S, Option<S>)]) -> Result<Self> {
        if nodes.is_empty() {
            return Err(Error::empty("nodes"));
        }
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, (name, _)) in nodes.iter().enumerate() {
            if places.insert(name.as_ref(), place).is_some() {
                return Err(problem(name.as_ref(), "is there twice"));
            }
        }
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        let mut order = Vec::with_capacity(nodes.len());
        for (place, (name, parent)) in nodes.iter().enumerate() {
            match parent.as_ref().map(AsRef::as_ref) {
                None => order.push(place),
                Some(parent) => match places.get(parent) {
                    Some(above) => below[*above].push(place),
                    None => {
                        return Err(problem(
                            name.as_ref(),
                            &format!("has the parent '{parent}', which is no node"),
                        ));
                    }
                },
            }
        }
        let mut next = 0;
        while let Some(place) = order.get(next).copied() {
            order.extend(&below[place]);
            next += 1;
        }
        if order.len() < nodes.len() {
            let lost = (0..nodes.len()).find(|place| !order.contains(place)).unwrap_or(0);
            return Err(problem(nodes[lost].0.as_ref(), "is below itself"));
        }
        let mut rank = vec![0; nodes.len()];
        order.iter().enumerate().for_each(|(place, node)| rank[*node] = place);
        let names = order.iter().map(|node| nodes[*node].0.as_ref().to_owned()).collect();
        let mut parents = vec![None; nodes.len()];
        let children: Vec<Vec<usize>> =
            order.iter().map(|node| below[*node].iter().map(|child| rank[*child]).collect()).collect();
        for (place, children) in children.iter().enumerate() {
            children.iter().for_each(|child| parents[*child] = Some(place));
        }
        Ok(Self { names, parents, children })
    }

    /// A tree of key columns, from the widest key: `total`, then `north`, then `north/shoes`. Each row of keys is a leaf.
    ///
    /// Errors: no rows, rows of unequal length, a leaf twice, keys that hold a `/` or are named as the total.
    pub fn from_keys<S: AsRef<str>>(total: &str, rows: &[Vec<S>]) -> Result<Self> {
        let depth = rows.first().map_or(0, Vec::len);
        if depth == 0 {
            return Err(Error::empty("keys"));
        }
        let mut nodes: Vec<(String, Option<String>)> = vec![(total.to_owned(), None)];
        let mut known: BTreeSet<String> = BTreeSet::new();
        for row in rows {
            if row.len() != depth {
                return Err(Error::length("keys", depth, row.len()));
            }
            let mut above = total.to_owned();
            let mut name = String::new();
            for (level, key) in row.iter().enumerate() {
                if level > 0 {
                    name.push('/');
                }
                name.push_str(key.as_ref());
                if key.as_ref().contains('/') || name == total {
                    return Err(problem(&name, "has a key with '/' or the name of the total"));
                }
                let new = known.insert(name.clone());
                if !new && level + 1 == depth {
                    return Err(problem(&name, "is there twice"));
                }
                if new {
                    nodes.push((name.clone(), Some(above)));
                }
                above = name.clone();
            }
        }
        Self::from_parents(&nodes)
    }

    /// The names of all nodes, parents first.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The places of the nodes without children.
    pub fn leaves(&self) -> Vec<usize> {
        (0..self.names.len()).filter(|node| self.children[*node].is_empty()).collect()
    }

    /// The nodes right below a node.
    pub fn children(&self, node: usize) -> &[usize] {
        self.children.get(node).map_or(&[], Vec::as_slice)
    }

    /// The series of all nodes from those of the leaves, which are found by name; missing values make missing sums.
    ///
    /// Errors: a leaf without a series or with several, a series that is of no leaf, lengths or calendars that differ, sums beyond the
    /// numbers.
    pub fn aggregate(&self, leaves: &[Series<'_>]) -> Result<Vec<Series<'static>>> {
        let first = leaves.first().ok_or_else(|| Error::empty("series"))?;
        let mut values: Vec<Vec<f64>> = vec![vec![0.0; first.len()]; self.names.len()];
        let mut by_name: BTreeMap<&str, &Series<'_>> = BTreeMap::new();
        for series in leaves {
            if by_name.insert(series.name(), series).is_some() {
                return Err(series.error("", "the name is there twice"));
            }
        }
        for leaf in self.leaves() {
            let name = &self.names[leaf];
            let series = by_name.remove(name.as_str());
            let series = series.ok_or_else(|| problem(name, "is a leaf without a series"))?;
            if series.len() != first.len() || series.calendar() != first.calendar() {
                return Err(series.error("", format!("its times are not those of '{}'", first.name())));
            }
            values[leaf] = series.values().to_vec();
        }
        if let Some(other) = by_name.values().next() {
            return Err(other.error("", "it is of no leaf of the hierarchy"));
        }
        self.add_up(&mut values);
        let named = values.into_iter().zip(&self.names).map(|(values, name)| {
            let series = Series::from_vec(values)?.named(name.clone());
            Ok(match first.calendar() {
                Some(calendar) => series.with_calendar(*calendar),
                None => series,
            })
        });
        named.collect()
    }

    /// Makes every node the sum of its children, from the leaves up.
    fn add_up(&self, values: &mut [Vec<f64>]) {
        for node in (0..values.len()).rev() {
            let children = &self.children[node];
            if !children.is_empty() {
                let sum = |step: usize| children.iter().map(|child| values[*child][step]).sum();
                let sums: Vec<f64> = (0..values[node].len()).map(sum).collect();
                values[node] = sums;
            }
        }
    }

    /// The mean share that each leaf has had of its tree's top, from the series of all nodes: for
    /// [`Reconciliation::TopDown`]. Times at which the top is 0 or missing do not count.
    ///
    /// Errors: not one series a node, lengths that differ, a top that is never other than 0.
    pub fn average_proportions(&self, series: &[Series<'_>]) -> Result<Vec<f64>> {
        self.check_nodes(series.len())?;
        self.leaves()
            .into_iter()
            .map(|leaf| {
                let (own, top) = (series[leaf].values(), series[self.top(leaf)].values());
                if own.len() != top.len() {
                    return Err(Error::length("values of a leaf", top.len(), own.len()));
                }
                let shares =
                    own.iter().zip(top).filter(|(own, top)| !own.is_nan() && !top.is_nan() && **top != 0.0);
                let shares: Vec<f64> = shares.map(|(own, top)| own / top).collect();
                let mean = shares.iter().sum::<f64>() / shares.len() as f64;
                if mean.is_finite() { Ok(mean) } else { Err(problem(&self.names[leaf], "has no shares")) }
            })
            .collect()
    }

    /// The node above all others of a node's tree.
    fn top(&self, mut node: usize) -> usize {
        while let Some(parent) = self.parents[node] {
            node = parent;
        }
        node
    }

    fn check_nodes(&self, found: usize) -> Result<()> {
        if found == self.names.len() { Ok(()) } else { Err(Error::length("nodes", self.names.len(), found)) }
    }
}

impl Persist for Hierarchy {
    const KIND: &'static str = "hierarchy";

    /// Every node once, below parents that stand before it, and among the children of its parent alone.
    fn validate(&self) -> Result<()> {
        let nodes = self.names.len();
        let names: BTreeSet<&String> = self.names.iter().collect();
        let mut below = vec![None; nodes];
        let shapes = nodes > 0 && names.len() == nodes && self.parents.len() == nodes;
        let mut fits = shapes && self.children.len() == nodes;
        for (node, children) in self.children.iter().enumerate() {
            for &child in children {
                fits &= child > node && below.get(child) == Some(&None);
                if let Some(parent) = below.get_mut(child) {
                    *parent = Some(node);
                }
            }
        }
        if fits && below == self.parents { Ok(()) } else { Err(Error::model_file("nodes that make no tree")) }
    }
}

fn problem(node: &str, what: &str) -> Error {
    Error::unsupported(format!("node '{node}' {what}"))
}
