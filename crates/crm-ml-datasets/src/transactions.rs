//! Purchases of customers who come and go.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
use crm_ml_core::{Check, Error, Result, Stream};
use crm_ml_table::{FieldType, Role, Table, TableSchema};

use crate::draw::{beta, exponential, gamma};

/// 2023-01-01 in days since 1970-01-01.
const START: i32 = 19_358;
/// Customers make their first purchase in these first days.
const ENTRY_DAYS: usize = 182;
const OBSERVED_DAYS: i32 = 728;

/// Purchases with their truth.
#[derive(Debug, Clone)]
pub struct Transactions {
    /// `transaction_id`, `customer_id`, `date`, `amount`; in order of customer and date.
    pub table: Table,
    /// One entry a customer, in order of `customer_id`.
    pub customers: Vec<CustomerTruth>,
    /// The distributions the customers were drawn from.
    pub truth: TransactionTruth,
}

/// Parameters of the population: the BG/NBD model of purchases (Fader, Hardie and Lee, Marketing Science 24(2), 2005)
/// and the gamma-gamma model of amounts (Fader and Hardie's note on it, 2013), in weeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransactionTruth {
    /// Shape of the gamma distribution of purchase rates.
    pub r: f64,
    /// Rate of the gamma distribution of purchase rates, in weeks.
    pub alpha: f64,
    /// First shape of the beta distribution of the probability to leave after a purchase.
    pub a: f64,
    /// Second shape of it.
    pub b: f64,
    /// Shape of the gamma distribution of a customer's amounts.
    pub p: f64,
    /// Shape of the gamma distribution of the amounts' rates.
    pub q: f64,
    /// Rate of the gamma distribution of the amounts' rates.
    pub gamma: f64,
    /// First day of the observation.
    pub first_day: i32,
    /// Day after the last day of the observation.
    pub end_day: i32,
}

/// What is true of one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerTruth {
    /// Identifier as in the table.
    pub customer_id: String,
    /// Purchases a week while active.
    pub rate: f64,
    /// Probability to leave after each purchase.
    pub leaving: f64,
    /// Expected amount of a purchase.
    pub mean_amount: f64,
    /// Whether the customer is still active at the end.
    pub active_at_end: bool,
}

/// Two years of purchases of these many customers, drawn from the BG/NBD and gamma-gamma models with known parameters.
///
/// Errors: no customers, or more than 10 million.
///
/// ```
/// let data = crm_ml_datasets::transactions(50, 1)?;
/// assert_eq!(data.customers.len(), 50);
/// assert!(data.table.n_rows() >= 50);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn transactions(customers: usize, seed: u64) -> Result<Transactions> {
    Check::of("transactions").between("customers", customers, 1, 10_000_000).finish()?;
    let truth = TransactionTruth {
        r: 0.8,
        alpha: 6.0,
        a: 0.9,
        b: 4.5,
        p: 6.0,
        q: 4.0,
        gamma: 16.0,
        first_day: START,
        end_day: START + OBSERVED_DAYS,
    };
    let (mut ids, mut owners, mut days, mut amounts) = (vec![], vec![], vec![], vec![]);
    let mut people = Vec::with_capacity(customers);
    for customer in 0..customers {
        let mut stream = Stream::new(seed, "transactions", customer as u64);
        let customer_id = format!("C{:06}", customer + 1);
        let (purchases, person) = draw(&mut stream, &truth, customer_id);
        for (day, amount) in purchases {
            ids.push(format!("T{:08}", ids.len() + 1));
            owners.push(person.customer_id.clone());
            days.push(day);
            amounts.push(amount);
        }
        people.push(person);
    }
    let columns: [(&str, ArrayRef); 4] = [
        ("transaction_id", Arc::new(StringArray::from(ids))),
        ("customer_id", Arc::new(StringArray::from(owners))),
        ("date", Arc::new(Date32Array::from(days))),
        ("amount", Arc::new(Float64Array::from(amounts))),
    ];
    let batch = RecordBatch::try_from_iter(columns).map_err(|e| Error::unsupported(e.to_string()))?;
    let schema = TableSchema::new()
        .with_type("transaction_id", FieldType::Identifier)
        .with_type("customer_id", FieldType::Identifier)
        .with_role("date", Role::Time);
    Ok(Transactions { table: Table::from_record_batch_with(&batch, &schema)?, customers: people, truth })
}

fn draw(
    stream: &mut Stream,
    truth: &TransactionTruth,
    customer_id: String,
) -> (Vec<(i32, f64)>, CustomerTruth) {
    let rate = gamma(stream, truth.r) / truth.alpha;
    let leaving = beta(stream, truth.a, truth.b);
    let amount_rate = gamma(stream, truth.q) / truth.gamma;
    let mut day = f64::from(truth.first_day) + stream.below(ENTRY_DAYS) as f64;
    let mut purchases = Vec::new();
    let mut active = true;
    while day < f64::from(truth.end_day) {
        let amount = (gamma(stream, truth.p) / amount_rate * 100.0).round().max(1.0) / 100.0;
        purchases.push((day as i32, amount));
        // The first purchase makes the customer; leaving is possible after each later one.
        if purchases.len() > 1 && stream.uniform() < leaving {
            active = false;
            break;
        }
        // A rate of nearly 0 means: no further purchase in the time observed.
        day += exponential(stream, 7.0 / rate.max(1e-9)).max(1e-6);
    }
    let mean_amount = truth.p / amount_rate;
    (purchases, CustomerTruth { customer_id, rate, leaving, mean_amount, active_at_end: active })
}
