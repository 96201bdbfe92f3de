//! From a table of transactions to the lines of every customer.

mod book;
mod codes;
#[cfg(test)]
mod tests;
mod usual;

use crm_ml_core::{Check, ErrorKind, Result};
use crm_ml_table::{FieldType, Table, TableSchema};
use serde::{Deserialize, Serialize};

use crate::moment::YEARS;
use crate::money::{MOST, Tally, units};
pub use book::Ledger;
pub(crate) use book::{Line, tally};
use codes::Codes;

/// Which columns of a table of transactions mean what, and what counts as a purchase.
///
/// A row is a line: a customer, a point in time, an amount (or quantity x unit price). Lines that repeat are kept: two lines of
/// an order may well be equal, so remove real duplicates before. A line above 0 is part of a purchase; one below 0 is a return (or
/// cancellation, or credit), never a purchase, and lowers the customer's money as [`Returns`] says; one of exactly 0 is neither.
///
/// Money is summed in whole millionths of the currency unit, so that sums are exact in any order for amounts of up to six decimals
/// (and up to four billion a line); finer amounts are rounded line by line.
///
/// ```
/// use crm_ml_customers::Transactions;
/// use crm_ml_table::Table;
///
/// let csv = "customer,order,date,quantity,price\n7,A,2024-01-05,2,9.99\n7,A,2024-01-05,1,0.10\n8,B,2024-02-01,1,5\n7,C,2024-02-03,-1,9.99\n";
/// let table = Table::from_csv_reader(csv.as_bytes(), "orders.csv")?;
/// let ledger = Transactions::quantity_price("customer", "date", "quantity", "price").order("order").read(&table)?;
/// assert_eq!(ledger.customers(), ["7", "8"]);
/// assert_eq!(ledger.total().amount(), 15.09);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transactions {
    customer: String,
    time: String,
    amount: Amount,
    purchase: Purchase,
    returns: Returns,
    skip_missing_customers: bool,
}

/// Where the amount of a line is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Amount {
    Column(String),
    Product { quantity: String, price: String },
}

/// Which lines make one purchase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Purchase {
    Line,
    Day,
    Order(String),
}

/// What lines below 0 do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Returns {
    /// They lower the money of their customer (net value).
    #[default]
    Subtract,
    /// They are left out (gross value).
    Ignore,
    /// They are an error that names the row.
    Refuse,
}

impl Transactions {
    /// A customer, a time and an amount; every line above 0 is a purchase of its own.
    pub fn new(customer: impl Into<String>, time: impl Into<String>, amount: impl Into<String>) -> Self {
        Self::with_amount(customer.into(), time.into(), Amount::Column(amount.into()))
    }

    /// As [`Transactions::new`] with quantity x unit price as the amount.
    pub fn quantity_price(
        customer: impl Into<String>,
        time: impl Into<String>,
        quantity: impl Into<String>,
        price: impl Into<String>,
    ) -> Self {
        let amount = Amount::Product { quantity: quantity.into(), price: price.into() };
        Self::with_amount(customer.into(), time.into(), amount)
    }

    fn with_amount(customer: String, time: String, amount: Amount) -> Self {
        let (purchase, returns) = (Purchase::Line, Returns::default());
        Self { customer, time, amount, purchase, returns, skip_missing_customers: false }
    }

    /// The column whose equal values make the lines of a customer one purchase.
    #[must_use]
    pub fn order(mut self, order: impl Into<String>) -> Self {
        self.purchase = Purchase::Order(order.into());
        self
    }

    /// All that a customer buys on a day (UTC) is one purchase.
    #[must_use]
    pub fn one_purchase_a_day(mut self) -> Self {
        self.purchase = Purchase::Day;
        self
    }

    /// What lines below 0 do (default: they are subtracted).
    #[must_use]
    pub fn returns(mut self, returns: Returns) -> Self {
        self.returns = returns;
        self
    }

    /// Whether lines without a customer are left out, and told by [`Ledger::without_customer`], rather than refused (default).
    #[must_use]
    pub fn skip_missing_customers(mut self, skip: bool) -> Self {
        self.skip_missing_customers = skip;
        self
    }

    /// Reads the lines.
    ///
    /// Errors, each with line (or row) and column: a column that is missing or named twice; a time, amount, order or customer that is
    /// missing; a date that does not parse or lies beyond the years 1 to 9999; an amount beyond 10^12; a return where they are
    /// refused; no line with a customer. Time: lines x log(lines).
    pub fn read(&self, table: &Table) -> Result<Ledger> {
        self.check()?;
        let table = table.with_schema(&self.schema(table)?)?;
        let owners = Codes::of(&table.column(&self.customer)?)?;
        let orders = match &self.purchase {
            Purchase::Order(order) => Some(Codes::of(&table.column(order)?)?),
            _ => None,
        };
        let times = self.times(&table)?;
        let amounts = self.amounts(&table)?;
        let mut skipped = Tally::default();
        let mut lines = Vec::with_capacity(times.len());
        for (row, (time, units)) in times.into_iter().zip(amounts).enumerate() {
            let Some(owner) = owners.code(row) else {
                if !self.skip_missing_customers {
                    return Err(table.cell_error(&self.customer, row, "the customer is missing"));
                }
                skipped.add(units);
                continue;
            };
            let order = match (&orders, &self.purchase) {
                (Some(orders), Purchase::Order(name)) => {
                    orders.code(row).ok_or_else(|| table.cell_error(name, row, "the order is missing"))?
                }
                _ => 0,
            };
            lines.push((owner, Line { time, order, units }));
        }
        Ledger::new(owners.into_names(), lines, skipped, self.purchase.clone(), self.returns)
    }

    fn columns(&self) -> Vec<(&'static str, &str)> {
        let mut columns = vec![("customer", self.customer.as_str()), ("time", self.time.as_str())];
        match &self.amount {
            Amount::Column(amount) => columns.push(("amount", amount)),
            Amount::Product { quantity, price } => {
                columns.extend([("quantity", quantity.as_str()), ("price", price.as_str())]);
            }
        }
        if let Purchase::Order(order) = &self.purchase {
            columns.push(("order", order));
        }
        columns
    }

    fn check(&self) -> Result<()> {
        let columns = self.columns();
        let mut check = Check::of("Transactions");
        for (place, (parameter, name)) in columns.iter().enumerate() {
            let first = columns[..place].iter().all(|(_, earlier)| earlier != name);
            check = check.rule(parameter, format!("'{name}'"), first, "a column of its own");
        }
        check.finish()
    }

    /// How the columns are to be read; dates keep their type.
    fn schema(&self, table: &Table) -> Result<TableSchema> {
        let mut schema = TableSchema::new();
        for (parameter, name) in self.columns() {
            let found = table.field(name)?.field_type;
            let field_type = match parameter {
                "customer" | "order" => FieldType::Identifier,
                "time" if found == FieldType::Date => FieldType::Date,
                "time" => FieldType::DateTime,
                _ => FieldType::Number,
            };
            schema = schema.with_type(name, field_type);
        }
        Ok(schema)
    }

    fn times(&self, table: &Table) -> Result<Vec<i64>> {
        let refused = |row, message: &str| table.cell_error(&self.time, row, message);
        let micros = table.column(&self.time)?.micros()?;
        let time = |(row, micros): (usize, Option<i64>)| match micros {
            Some(micros) if YEARS.contains(&micros) => Ok(micros),
            Some(_) => Err(refused(row, "a time of the years 1 to 9999 is needed")),
            None => Err(refused(row, "the time is missing")),
        };
        micros.into_iter().enumerate().map(time).collect()
    }

    /// The amounts in millionths.
    fn amounts(&self, table: &Table) -> Result<Vec<i64>> {
        let numbers = |name: &str| -> Result<Vec<f64>> {
            let values = table.column(name)?.numbers()?;
            match values.iter().position(|v| v.is_nan()) {
                Some(row) => Err(table.cell_error(name, row, "the value is missing")),
                None => Ok(values),
            }
        };
        let (column, values) = match &self.amount {
            Amount::Column(amount) => (amount, numbers(amount)?),
            Amount::Product { quantity, price } => {
                let (quantities, prices) = (numbers(quantity)?, numbers(price)?);
                (price, quantities.iter().zip(&prices).map(|(q, p)| q * p).collect())
            }
        };
        let checked = |(row, value): (usize, f64)| match units(value) {
            None => {
                let message = format!("the amount of the line is {value:e}, it must lie within ±{MOST:e}");
                Err(table.cell_error(column, row, &message))
            }
            Some(units) if units < 0 && self.returns == Returns::Refuse => Err(table.cell_error(
                column,
                row,
                "the amount of the line is below 0, and returns are refused",
            )),
            Some(units) => Ok(units),
        };
        values.into_iter().enumerate().map(checked).collect()
    }
}

/// The error of a ledger without a line.
pub(crate) fn no_lines(what: &str) -> crm_ml_core::Error {
    ErrorKind::TooFew { what: what.to_owned(), needed: 1, found: 0 }.into()
}
