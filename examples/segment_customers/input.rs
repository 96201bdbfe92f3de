//! Transactions and how to read them.

use crm_ml::customers::Transactions;
use crm_ml::datasets::shop_orders;
use crm_ml::table::{CsvOptions, FieldType, TableSchema};
use crm_ml_examples::Outcome;

use crate::{Arguments, Sales};

const CUSTOMERS: usize = 1500;

/// The file that was given, or the generated orders of a shop.
pub(crate) fn read(arguments: &Arguments) -> Outcome<Sales> {
    let Some(path) = &arguments.data else {
        println!(
            "No --data given: two years of a shop with {CUSTOMERS} customers are generated (seed {}).",
            arguments.seed
        );
        return Ok(Sales {
            table: shop_orders(CUSTOMERS, arguments.seed)?.table,
            transactions: Transactions::quantity_price("customer_id", "time", "quantity", "unit_price")
                .order("order_id")
                .skip_missing_customers(true),
            describe: ["country", "channel"].map(str::to_owned).to_vec(),
            currency: arguments.currency.clone().unwrap_or_else(|| "£".to_owned()),
        });
    };
    let Arguments { customer, time, quantity, price, order, .. } = arguments;
    let mut transactions = match &arguments.amount {
        Some(amount) => Transactions::new(customer, time, amount),
        None => Transactions::quantity_price(customer, time, quantity, price),
    };
    let mut schema = TableSchema::new().with_type(customer, FieldType::Identifier);
    if !order.is_empty() {
        transactions = transactions.order(order);
        schema = schema.with_type(order, FieldType::Identifier);
    }
    Ok(Sales {
        table: CsvOptions::new().schema(schema).read_path(path)?,
        transactions: transactions.skip_missing_customers(true),
        describe: arguments.describe.clone(),
        currency: arguments.currency.clone().unwrap_or_default(),
    })
}
