//! The recipes' columns side by side.

use crm_ml_core::{Error, Result, Samples, Schema, parallel};
use crm_ml_table::Table;
use ndarray::Array2;

use super::recipe::FieldRecipe;
use crate::Unseen;
use crate::names::Names;

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
    let mut matrix = Array2::zeros((table.n_rows(), given.len()));
    for (mut column, values) in matrix.columns_mut().into_iter().zip(&given) {
        column.iter_mut().zip(values).for_each(|(cell, value)| *cell = *value);
    }
    Samples::from_array(matrix)?.with_schema(&schema)
}
