//! Levels of categories in a fixed number of columns.

mod murmur;

use crm_ml_core::{Check, Column, Error, Persist, Progress, Result, Samples, Schema, Transformer, advance};
use serde::{Deserialize, Serialize};

use crate::columns::{check_output, check_schema, transformer_model};
use crate::names::Names;
pub(crate) use murmur::place;

/// Puts every category column, however many levels it has, into `n_features` columns: a level's column and sign follow from a
/// hash of `name=level`. Nothing is learnt of the levels, so rare and common ones are treated alike; levels that share a
/// column cannot be told apart, but signs let them cancel in the mean.
///
/// Columns are named `<name>#0`, `<name>#1`, ... and each field keeps its own, so that what a model makes of them can be told
/// by field. The hash is MurmurHash3 of 32 bits, the same on every platform and in every version; for one column
/// the cells are those of scikit-learn's `FeatureHasher` on `{name: level}`. Missing and unseen cells (whose text the
/// matrix does not hold) are all zeros; real columns pass unchanged; weights play no part. Time O(rows x columns).
///
/// K. Weinberger, A. Dasgupta, J. Langford, A. Smola, J. Attenberg, "Feature Hashing for Large Scale Multitask Learning", ICML
/// 2009.
///
/// Errors: no column to hash into.
///
/// ```
/// use crm_ml_core::{Column, Samples, Schema, Transformer, TransformerModel};
/// use crm_ml_preprocessing::FeatureHasher;
/// use ndarray::array;
///
/// let schema = Schema::new(vec![Column::category("city", vec!["Bonn".into(), "Ulm".into()])])?;
/// let x = array![[0.0], [1.0], [f64::NAN]];
/// let samples = Samples::new(&x)?.with_schema(&schema)?;
/// let hashed = FeatureHasher::new(4).fit(&samples)?.transform(&samples)?;
/// assert_eq!(hashed.schema().columns()[3].field, "city");
/// assert_eq!(hashed.row(0).iter().map(|v| v.abs()).sum::<f64>(), 1.0);
/// assert_eq!(hashed.row(2), [0.0; 4]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureHasher {
    n_features: usize,
    alternate_sign: bool,
}

/// The fitted [`FeatureHasher`]: it knows its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureHasherModel {
    schema: Schema,
    output: Schema,
    params: FeatureHasher,
    /// Of every level its column and sign; `None` for a real column.
    places: Vec<Option<Vec<(u32, bool)>>>,
}

impl FeatureHasher {
    /// That many columns a field, with signs.
    pub fn new(n_features: usize) -> Self {
        Self { n_features, alternate_sign: true }
    }

    /// Whether levels are added with signs.
    pub fn alternate_sign(mut self, alternate_sign: bool) -> Self {
        self.alternate_sign = alternate_sign;
        self
    }

    fn check(&self) -> Result<()> {
        Check::of("FeatureHasher").between("n_features", self.n_features, 1, 1 << 20).finish()
    }

    fn places(&self, schema: &Schema) -> Vec<Option<Vec<(u32, bool)>>> {
        let of = |column: &Column| {
            let place = |level: &String| {
                let text = format!("{}={level}", column.name);
                let (place, sign) = place(&text, self.n_features, self.alternate_sign);
                (place as u32, sign < 0.0)
            };
            Some(column.levels()?.iter().map(place).collect())
        };
        schema.columns().iter().map(of).collect()
    }

    fn output(&self, schema: &Schema) -> Result<Schema> {
        let kept = schema.columns().iter().filter(|c| c.levels().is_none());
        let mut names = Names::taken(kept.map(|c| c.name.as_str()));
        let mut columns = Vec::new();
        for column in schema.columns() {
            match column.levels() {
                None => columns.push(column.clone()),
                Some(_) => columns.extend((0..self.n_features).map(|i| {
                    Column::real(names.free(format!("{}#{i}", column.name))).from_field(&column.field)
                })),
            }
        }
        Schema::new(columns)
    }
}

impl Transformer for FeatureHasher {
    type Model = FeatureHasherModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<FeatureHasherModel> {
        self.check()?;
        let schema = samples.schema();
        advance(progress, "feature hasher", 1, 1)?;
        Ok(FeatureHasherModel {
            schema: schema.clone(),
            output: self.output(schema)?,
            params: self.clone(),
            places: self.places(schema),
        })
    }
}

impl FeatureHasherModel {
    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        samples.map_rows(&self.output, |_, input, output| {
            let mut start = 0;
            for (cell, places) in input.iter().zip(&self.places) {
                let Some(places) = places else {
                    output[start] = *cell;
                    start += 1;
                    continue;
                };
                // A missing cell is no number, an unseen one is below 0: neither has a place.
                if *cell >= 0.0 {
                    if let Some((place, negative)) = places.get(*cell as usize) {
                        output[start + *place as usize] = if *negative { -1.0 } else { 1.0 };
                    }
                }
                start += self.params.n_features;
            }
        })
    }
}

transformer_model!(FeatureHasherModel);

impl Persist for FeatureHasherModel {
    const KIND: &'static str = "preprocessing/feature-hasher";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        self.params.check()?;
        // The columns that follow are built only if the file holds as many.
        let hashed = self.schema.columns().iter().filter(|c| c.levels().is_some()).count();
        let width =
            (self.schema.width() - hashed).saturating_add(hashed.saturating_mul(self.params.n_features));
        if width != self.output.width() {
            return Err(Error::length("hashed columns", width, self.output.width()));
        }
        if self.places != self.params.places(&self.schema) {
            return Err(Error::model_file("the places of levels are not those of their hashes"));
        }
        check_output(&self.output, &self.params.output(&self.schema)?)
    }
}
