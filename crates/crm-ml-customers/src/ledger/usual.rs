//! What else the transactions say of a customer.

use std::sync::Arc;

use crm_ml_core::Result;
use crm_ml_table::arrow_array::{ArrayRef, LargeStringArray};
use crm_ml_table::{FieldSpec, FieldType, Role, Table};

use super::Transactions;
use super::codes::Codes;
use crate::RfmTable;

impl Transactions {
    /// The table of `rfm` with a category for each of these fields of the transactions, such as country or channel: the value that most of a
    /// customer's lines in the window have (of equally many the first as text), missing where none is known. This is what makes
    /// profiles speak of more than recency, frequency and money.
    ///
    /// Lines outside the window of `rfm` change nothing. Errors: those of reading the customer and the time, a field that is missing or
    /// has the name of a column of `rfm`.
    pub fn usual_values<S: AsRef<str>>(&self, table: &Table, rfm: &RfmTable, fields: &[S]) -> Result<Table> {
        let read = table.with_schema(&self.schema(table)?)?;
        let owners = Codes::of(&read.column(&self.customer)?)?;
        let times = self.times(&read)?;
        let places: Vec<Option<usize>> = owners.names().iter().map(|name| rfm.place(name)).collect();
        let start = rfm.start().map_or(i64::MIN, |start| start.micros());
        let seen = |time: i64| (start..rfm.cut_off().micros()).contains(&time);
        let mut described = rfm.to_table()?;
        for field in fields.iter().map(AsRef::as_ref) {
            let (levels, codes) = table.column(field)?.levels();
            let mut cells: Vec<(usize, u32)> = Vec::new();
            for (row, &time) in times.iter().enumerate() {
                let place = owners.code(row).and_then(|owner| places[owner as usize]);
                if let (Some(place), Some(level), true) = (place, codes[row], seen(time)) {
                    cells.push((place, level));
                }
            }
            cells.sort_unstable();
            let mut usual: Vec<(usize, Option<&str>)> = vec![(0, None); rfm.customers().len()];
            for same in cells.chunk_by(|a, b| a == b) {
                let Some(&(place, level)) = same.first() else { continue };
                if same.len() > usual[place].0 {
                    usual[place] = (same.len(), levels.get(level as usize).map(String::as_str));
                }
            }
            let values: ArrayRef =
                Arc::new(usual.into_iter().map(|(_, level)| level).collect::<LargeStringArray>());
            let spec = FieldSpec::new(field).field_type(FieldType::Category).role(Role::Feature);
            described = described.with_column(spec, values)?;
        }
        Ok(described)
    }
}
