//! The recipes' columns side by side.

use crm_ml_core::{Error, Result, Samples, Schema, parallel};
use crm_ml_table::Table;
use ndarray::Array2;

use super::recipe::FieldRecipe;
use crate::Unseen;
use crate::names::Names;

/// Rows that are laid side by side at a time: they stay in the cache.
const ROWS: usize = 256;

/// The columns before categories are encoded.
pub(super) fn schema(recipes: &[FieldRecipe]) -> Result<Schema> {
    let mut names = Names::default();
    Schema::new(recipes.iter().flat_map(|recipe| recipe.columns(&mut names)).collect())
}

/// The features before categories are encoded, of a table that has the types of training.
pub(super) fn native(recipes: &[FieldRecipe], table: &Table, unseen: Unseen) -> Result<Samples<'static>> {
    let schema = schema(recipes)?;
    let given = parallel::try_map(recipes.len(), |i| {
        let recipe = &recipes[i];
        recipe.values(&table.column(&recipe.field)?, unseen)
    })?
    .concat();
    if given.len() != schema.width() {
        return Err(Error::length("columns", schema.width(), given.len()));
    }
    let width = given.len();
    let mut cells = vec![0.0; table.n_rows() * width];
    parallel::fill_rows(&mut cells, width, ROWS, |first, piece| {
        for (column, values) in given.iter().enumerate() {
            let cells = piece.iter_mut().skip(column).step_by(width);
            cells.zip(values.get(first..).unwrap_or_default()).for_each(|(cell, value)| *cell = *value);
        }
    });
    let matrix = Array2::from_shape_vec((table.n_rows(), width), cells);
    let matrix = matrix.map_err(|e| Error::numerical(e.to_string()))?;
    Samples::from_array(matrix)?.with_schema(&schema)
}
