//! Models in the formats of other libraries.

mod file;
mod objective;
mod read;
#[cfg(test)]
mod tests;
mod threshold;
mod write;

use crm_ml_core::{Result, Schema};

pub use objective::XgboostObjective;

use crate::Ensemble;

/// A boosted model in XGBoost's terms, as its JSON files hold it.
///
/// Read: files of XGBoost 1 to 3 (`save_model("model.json")`) with trees of booster `gbtree`, also random forests
/// (`num_parallel_tree`), categories and missing values. Their margins are those of XGBoost on all cells, since thresholds
/// are moved to where XGBoost's rounding of cells to single precision puts them; cover is the sum of Hessians and gain the change of the
/// loss, so that importances (shares of `total_gain`, `total_cover`, `weight`) and contributions are XGBoost's too.
///
/// Written: files that XGBoost 1.6 and later loads (1.0 without categories). Margins are those of the model up to single precision, on cells that
/// single precision holds. A category code beyond the known ones goes where the model sends unseen ones, for which XGBoost stays with the
/// left side: where they go right, the sides change places.
///
/// What XGBoost's files hold but trees here do not: boosters `dart` and `gblinear`, trees with vectors in their leaves, several targets, the
/// objectives that [`XgboostObjective`] does not name. What trees hold but XGBoost's files do not: thresholds of a column so close
/// that single precision has no number between them, and forests of classes. Either is refused by name. Gains below 0 are read as 0. A mean of
/// trees with one output is written as one round of parallel trees, and read as their sum.
///
/// A split of a category that tells nothing but missing apart is written as a threshold below all codes, since XGBoost allows no empty
/// set; XGBoost scores and explains it, but its `get_dump` refuses to draw thresholds of categories.
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_trees::{Boosting, Part, Squared, XgboostModel, XgboostObjective};
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0], [10.0], [11.0], [f64::NAN]];
/// let samples = Samples::new(&x)?;
/// let loss = Squared::new(&[5.0, 5.0, 5.0, 9.0, 9.0, 9.0]);
/// let part = Part { samples: &samples, objective: &loss, weights: None };
/// let ensemble = Boosting { n_estimators: 3, ..Boosting::default() }.fit(&part, None, &())?.booster.ensemble().clone();
/// let model = XgboostModel { ensemble, schema: samples.schema().clone(), objective: XgboostObjective::Squared };
/// let read = XgboostModel::read(model.to_json()?.as_bytes(), None)?;
/// let difference = read.ensemble.predict(&samples)? - model.ensemble.predict(&samples)?;
/// assert!(difference.iter().all(|d| d.abs() < 1e-6));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct XgboostModel {
    /// The trees; their outputs are XGBoost's margins.
    pub ensemble: Ensemble,
    /// The columns.
    pub schema: Schema,
    /// What the trees were fitted to.
    pub objective: XgboostObjective,
}

impl XgboostModel {
    /// Reads a JSON file of XGBoost.
    ///
    /// Files hold names of columns only if the training data had them, and names of levels only from XGBoost 3 on; otherwise columns are unnamed and
    /// levels are called by their codes. `schema` says what they are instead: as many columns, equal names where the file has some,
    /// categories where it has some.
    ///
    /// Errors: what is no such file, is damaged, or cannot be expressed (then named).
    pub fn read(json: &[u8], schema: Option<&Schema>) -> Result<Self> {
        read::read(json, schema)
    }

    /// Writes a JSON file for XGBoost: see [`XgboostModel::write`].
    pub fn to_json(&self) -> Result<String> {
        Self::write(&self.ensemble, &self.schema, self.objective)
    }

    /// Writes a JSON file for XGBoost.
    ///
    /// Errors: what XGBoost cannot express, by name: a mean of class shares, thresholds too close to each other or values too large for single
    /// precision, names of columns with `[`, `]` or `<`.
    pub fn write(ensemble: &Ensemble, schema: &Schema, objective: XgboostObjective) -> Result<String> {
        write::write(ensemble, schema, objective)
    }
}
