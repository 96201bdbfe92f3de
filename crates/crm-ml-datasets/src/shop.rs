//! Order lines of a shop with kinds of customers that are known.

use std::fmt;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use crm_ml_core::{Check, Error, Result, Stream};
use crm_ml_table::{FieldType, Role, Table, TableSchema};

use crate::draw::{choice, exponential, happens, poisson};

/// 2023-01-01 in days since 1970-01-01.
const START: i64 = 19_358;
const DAYS: i64 = 731;
const MINUTE: i64 = 60_000_000;
const MINUTES_A_DAY: i64 = 1440;
/// Lapsed customers order nothing from this day on.
const LAPSED: i64 = 540;
/// An order placed without signing in has no customer.
const GUEST: f64 = 0.02;
/// A line that is sent back some days later.
const RETURNED: f64 = 0.03;

const PRODUCTS: [(&str, f64); 12] = [
    ("Tea towel", 4.95),
    ("Mug", 6.5),
    ("Candle", 3.25),
    ("Gift wrap", 1.45),
    ("Cushion", 14.95),
    ("Lantern", 8.5),
    ("Cake stand", 18.5),
    ("Lunch bag", 5.95),
    ("Wall clock", 24.95),
    ("Notebook", 2.75),
    ("Picture frame", 9.75),
    ("Storage tin", 7.25),
];

/// What kind of customer buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ShopKind {
    /// Resellers: large orders every other week.
    Trade,
    /// Shoppers who come back every month.
    Regular,
    /// Shoppers who come a few times a year.
    Occasional,
    /// One order, no more.
    OneTime,
    /// Once regular, gone for months.
    Lapsed,
}

impl fmt::Display for ShopKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Trade => "trade",
            Self::Regular => "regular",
            Self::Occasional => "occasional",
            Self::OneTime => "one-time",
            Self::Lapsed => "lapsed",
        })
    }
}

/// How a kind behaves.
struct Habits {
    /// Days between two orders, on average.
    gap: f64,
    /// Lines of an order beyond the first, on average.
    lines: f64,
    /// Pieces of a line beyond the first, on average.
    pieces: f64,
    /// First orders fall into these days of the two years.
    entry: (i64, i64),
    /// The day of the last possible order falls in between.
    end: (i64, i64),
    countries: &'static [(&'static str, f64)],
    channels: &'static [(&'static str, f64)],
}

const HOME: &[(&str, f64)] =
    &[("United Kingdom", 0.82), ("Ireland", 0.06), ("France", 0.06), ("Germany", 0.06)];
const ABROAD: &[(&str, f64)] =
    &[("United Kingdom", 0.3), ("Germany", 0.28), ("France", 0.2), ("Netherlands", 0.14), ("Ireland", 0.08)];
const SHOPPERS: &[(&str, f64)] = &[("web", 0.55), ("app", 0.35), ("phone", 0.1)];
const TRADERS: &[(&str, f64)] = &[("phone", 0.7), ("web", 0.3)];

impl ShopKind {
    fn habits(self) -> Habits {
        let shopper = Habits {
            gap: 30.0,
            lines: 2.0,
            pieces: 1.0,
            entry: (0, 640),
            end: (DAYS, DAYS + 1),
            countries: HOME,
            channels: SHOPPERS,
        };
        match self {
            Self::Trade => Habits {
                gap: 20.0,
                lines: 4.0,
                pieces: 6.0,
                entry: (0, 500),
                countries: ABROAD,
                channels: TRADERS,
                ..shopper
            },
            Self::Regular => shopper,
            Self::Occasional => Habits { gap: 130.0, lines: 1.0, entry: (0, 700), ..shopper },
            Self::OneTime => Habits { gap: f64::INFINITY, lines: 1.0, entry: (0, DAYS), ..shopper },
            Self::Lapsed => {
                Habits { gap: 35.0, lines: 3.0, pieces: 2.0, entry: (0, 180), end: (300, LAPSED), ..shopper }
            }
        }
    }
}

/// Order lines with their truth.
#[derive(Debug, Clone)]
pub struct ShopOrders {
    /// `order_id`, `time`, `customer_id`, `product`, `quantity`, `unit_price`, `country`, `channel`; customer after customer.
    pub table: Table,
    /// One entry a customer, in order of `customer_id`.
    pub customers: Vec<ShopCustomer>,
}

/// What is true of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopCustomer {
    /// Identifier as in the table.
    pub customer_id: String,
    /// What kind it is.
    pub kind: ShopKind,
}

#[derive(Default)]
struct Columns {
    orders: Vec<String>,
    times: Vec<i64>,
    customers: Vec<Option<String>>,
    products: Vec<&'static str>,
    quantities: Vec<i64>,
    prices: Vec<f64>,
    countries: Vec<&'static str>,
    channels: Vec<&'static str>,
    placed: usize,
}

/// The order lines of two years (2023 and 2024) of a shop with these many customers of five kinds. Some orders have no customer, some
/// lines are sent back: lines with a negative quantity under an order of their own.
///
/// Errors: no customers, or more than a million.
///
/// ```
/// let data = crm_ml_datasets::shop_orders(50, 1)?;
/// assert_eq!(data.customers.len(), 50);
/// assert!(data.table.n_rows() >= 50);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn shop_orders(customers: usize, seed: u64) -> Result<ShopOrders> {
    Check::of("shop_orders").between("customers", customers, 1, 1_000_000).finish()?;
    let (mut columns, mut people) = (Columns::default(), Vec::with_capacity(customers));
    for number in 0..customers {
        let mut stream = Stream::new(seed, "shop-orders", number as u64);
        let kinds = [
            (ShopKind::Trade, 0.06),
            (ShopKind::Regular, 0.24),
            (ShopKind::Occasional, 0.3),
            (ShopKind::OneTime, 0.25),
            (ShopKind::Lapsed, 0.15),
        ];
        let person =
            ShopCustomer { customer_id: format!("K{:06}", number + 1), kind: choice(&mut stream, &kinds) };
        columns.buy(&mut stream, &person);
        people.push(person);
    }
    Ok(ShopOrders { table: columns.table()?, customers: people })
}

impl Columns {
    /// All orders of one customer.
    fn buy(&mut self, stream: &mut Stream, person: &ShopCustomer) {
        let habits = person.kind.habits();
        let country = choice(stream, habits.countries);
        let mut within =
            |days: (i64, i64)| days.0 + stream.below((days.1 - days.0).unsigned_abs() as usize) as i64;
        let (mut day, end) = (within(habits.entry) as f64, within(habits.end) as f64);
        // People of a kind differ: two in three within a factor of 1.4.
        let gap = habits.gap * (0.35 * stream.normal()).exp();
        let mut first = true;
        while day < end {
            let minute = day as i64 * MINUTES_A_DAY + 480 + stream.below(12 * 60) as i64;
            // The first order makes the customer known.
            let guest = !first && happens(stream, GUEST);
            self.order(stream, (!guest).then_some(person), &habits, country, minute);
            first = false;
            if gap.is_infinite() {
                break;
            }
            day += exponential(stream, gap).max(0.5);
        }
    }

    fn order(
        &mut self,
        stream: &mut Stream,
        person: Option<&ShopCustomer>,
        habits: &Habits,
        country: &'static str,
        minute: i64,
    ) {
        self.placed += 1;
        let name = format!("{}", 100_000 + self.placed);
        let channel = choice(stream, habits.channels);
        let customer = person.map(|p| p.customer_id.clone());
        let mut line = |order: &str, minute: i64, product: &'static str, quantity: i64, price: f64| {
            self.orders.push(order.to_owned());
            self.times.push((START * MINUTES_A_DAY + minute) * MINUTE);
            self.customers.push(customer.clone());
            self.products.push(product);
            self.quantities.push(quantity);
            self.prices.push(price);
            self.countries.push(country);
            self.channels.push(channel);
        };
        for _ in 0..=poisson(stream, habits.lines) {
            let (product, price) = PRODUCTS[stream.below(PRODUCTS.len())];
            let quantity = 1 + poisson(stream, habits.pieces);
            line(&name, minute, product, quantity, price);
            let back = minute + (2 + stream.below(12) as i64) * MINUTES_A_DAY;
            if happens(stream, RETURNED) && back < DAYS * MINUTES_A_DAY {
                line(&format!("R{name}"), back, product, -quantity, price);
            }
        }
    }

    fn table(self) -> Result<Table> {
        let columns: [(&str, ArrayRef); 8] = [
            ("order_id", Arc::new(StringArray::from(self.orders))),
            ("time", Arc::new(TimestampMicrosecondArray::from(self.times))),
            ("customer_id", Arc::new(StringArray::from(self.customers))),
            ("product", Arc::new(StringArray::from(self.products))),
            ("quantity", Arc::new(Int64Array::from(self.quantities))),
            ("unit_price", Arc::new(Float64Array::from(self.prices))),
            ("country", Arc::new(StringArray::from(self.countries))),
            ("channel", Arc::new(StringArray::from(self.channels))),
        ];
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
                .map_err(|e| Error::unsupported(e.to_string()))?;
        let schema = TableSchema::new()
            .with_type("order_id", FieldType::Identifier)
            .with_type("customer_id", FieldType::Identifier)
            .with_type("quantity", FieldType::Integer)
            .with_type("product", FieldType::Category)
            .with_type("country", FieldType::Category)
            .with_type("channel", FieldType::Category)
            .with_role("time", Role::Time);
        Table::from_record_batch_with(&batch, &schema)
    }
}
