//! Card payments with planted fraud.

use std::fmt;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use crm_ml_core::{Check, Error, Result, Stream};
use crm_ml_table::{FieldType, Role, Table, TableSchema};

use crate::draw::{choice, exponential, happens};

/// 2024-01-01 in days since 1970-01-01.
const START: i64 = 19_723;
const DAYS: i64 = 90;
const MINUTE: i64 = 60_000_000;
const MINUTES_A_DAY: i64 = 1440;
/// Days between two payments of a card, on average, and how far cards differ.
const GAP: f64 = 1.2;
/// Share of cards that are misused once.
const MISUSED: f64 = 0.06;
/// Fraud falls into the last days, so that cards have a history.
const FRAUD_FROM: i64 = 45;

const COUNTRIES: &[(&str, f64)] =
    &[("DE", 0.4), ("FR", 0.2), ("NL", 0.15), ("AT", 0.1), ("ES", 0.1), ("IT", 0.05)];
/// Countries where hardly anybody of these pays.
const FAR: &[(&str, f64)] = &[("BR", 1.0), ("US", 1.0), ("TH", 1.0), ("NG", 1.0)];
const MERCHANTS: &[(&str, f64)] = &[
    ("groceries", 0.34),
    ("restaurants", 0.2),
    ("fuel", 0.12),
    ("clothing", 0.1),
    ("online services", 0.14),
    ("travel", 0.04),
    ("electronics", 0.06),
];

/// How a card is misused, and so what should give it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FraudKind {
    /// One payment of fifteen to forty times what the card usually pays: `amount`.
    AmountBurst,
    /// A payment in the dead of night, where nobody pays: `time`.
    OddHour,
    /// A payment in a far country the card has never been in: `country`.
    NewCountry,
    /// Twenty to thirty small payments within the hour: how often the `card` pays.
    ManySmall,
}

impl FraudKind {
    const ALL: &'static [(Self, f64)] =
        &[(Self::AmountBurst, 1.0), (Self::OddHour, 1.0), (Self::NewCountry, 1.0), (Self::ManySmall, 1.0)];

    /// The column of [`payments`] that is odd.
    pub fn cause(self) -> &'static str {
        match self {
            Self::AmountBurst => "amount",
            Self::OddHour => "time",
            Self::NewCountry => "country",
            Self::ManySmall => "card",
        }
    }
}

impl fmt::Display for FraudKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::AmountBurst => "amount burst",
            Self::OddHour => "odd hour",
            Self::NewCountry => "new country",
            Self::ManySmall => "many small payments",
        })
    }
}

/// Payments with their truth.
#[derive(Debug, Clone)]
pub struct Payments {
    /// `payment_id`, `time`, `card`, `amount`, `merchant`, `country`, `fraud`; by time. `fraud` has no role in learning.
    pub table: Table,
    /// How each row is fraud, if it is.
    pub fraud: Vec<Option<FraudKind>>,
}

/// One payment.
struct Payment {
    minute: i64,
    card: usize,
    amount: f64,
    merchant: &'static str,
    country: &'static str,
    fraud: Option<FraudKind>,
}

/// The payments of the first ninety days of 2024 with these many cards, of which about six in a hundred are misused once in the second half, in
/// one of four ways. Cards differ in what they pay, how often and where; people pay between six and midnight.
///
/// Errors: no cards, or more than a million.
///
/// ```
/// let data = crm_ml_datasets::payments(100, 1)?;
/// assert_eq!(data.table.n_rows(), data.fraud.len());
/// assert!(data.fraud.iter().flatten().count() > 0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn payments(cards: usize, seed: u64) -> Result<Payments> {
    Check::of("payments").between("cards", cards, 1, 1_000_000).finish()?;
    let mut payments = Vec::new();
    for card in 0..cards {
        pay(card, &mut Stream::new(seed, "payments", card as u64), &mut payments);
    }
    payments.sort_by_key(|payment| (payment.minute, payment.card));
    let fraud = payments.iter().map(|payment| payment.fraud).collect();
    Ok(Payments { table: table(&payments)?, fraud })
}

/// All payments of one card.
fn pay(card: usize, stream: &mut Stream, payments: &mut Vec<Payment>) {
    let home = choice(stream, COUNTRIES);
    let usual = (3.4 + 0.5 * stream.normal()).exp();
    let gap = GAP * (0.4 * stream.normal()).exp();
    let mut ordinary = |stream: &mut Stream, minute: i64| {
        let country = if happens(stream, 0.04) { choice(stream, COUNTRIES) } else { home };
        let merchant = choice(stream, MERCHANTS);
        let dear = if merchant == "travel" || merchant == "electronics" { 1.6 } else { 1.0 };
        let amount = cents(usual * dear * (0.45 * stream.normal()).exp());
        payments.push(Payment { minute, card, amount, merchant, country, fraud: None });
    };
    let mut day = exponential(stream, gap);
    while day < DAYS as f64 {
        let minute = day as i64 * MINUTES_A_DAY + waking(stream);
        ordinary(stream, minute);
        day += exponential(stream, gap);
    }
    if !happens(stream, MISUSED) {
        return;
    }
    let kind = choice(stream, FraudKind::ALL);
    let day = FRAUD_FROM + stream.below((DAYS - FRAUD_FROM) as usize) as i64;
    let minute = day * MINUTES_A_DAY + waking(stream);
    let merchant = choice(stream, MERCHANTS);
    let amount = cents(usual * (0.45 * stream.normal()).exp());
    let fraud = Payment { minute, card, amount, merchant, country: home, fraud: Some(kind) };
    match kind {
        FraudKind::AmountBurst => {
            let amount = cents(usual * (15.0 + 25.0 * stream.uniform()));
            payments.push(Payment { amount, ..fraud });
        }
        FraudKind::OddHour => {
            let minute = day * MINUTES_A_DAY + 120 + stream.below(150) as i64;
            payments.push(Payment { minute, ..fraud });
        }
        FraudKind::NewCountry => payments.push(Payment { country: choice(stream, FAR), ..fraud }),
        FraudKind::ManySmall => {
            for _ in 0..20 + stream.below(11) {
                let (minute, amount) =
                    (minute + stream.below(45) as i64, cents(0.3 * usual * (0.5 + stream.uniform())));
                payments.push(Payment { minute, amount, ..fraud });
            }
        }
    }
}

/// A minute of the day between six and midnight, mostly around noon and evening.
fn waking(stream: &mut Stream) -> i64 {
    let hour = choice(stream, &[(12.5, 0.5), (18.5, 0.5)]) + 2.2 * stream.normal();
    (hour.clamp(6.0, 23.9) * 60.0) as i64
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round().max(1.0) / 100.0
}

fn table(payments: &[Payment]) -> Result<Table> {
    let texts = |of: &dyn Fn(usize, &Payment) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(payments.iter().enumerate().map(|(i, p)| of(i, p))))
    };
    let time = payments.iter().map(|p| (START * MINUTES_A_DAY + p.minute) * MINUTE);
    let columns: [(&str, ArrayRef); 7] = [
        ("payment_id", texts(&|i, _| format!("P{:07}", i + 1))),
        ("time", Arc::new(TimestampMicrosecondArray::from_iter_values(time))),
        ("card", texts(&|_, p| format!("C{:05}", p.card + 1))),
        ("amount", Arc::new(Float64Array::from_iter_values(payments.iter().map(|p| p.amount)))),
        ("merchant", texts(&|_, p| p.merchant.to_owned())),
        ("country", texts(&|_, p| p.country.to_owned())),
        ("fraud", Arc::new(BooleanArray::from_iter(payments.iter().map(|p| Some(p.fraud.is_some()))))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .map_err(|e| Error::unsupported(e.to_string()))?;
    let schema = TableSchema::new()
        .with_type("payment_id", FieldType::Identifier)
        .with_type("card", FieldType::Identifier)
        .with_type("merchant", FieldType::Category)
        .with_type("country", FieldType::Category)
        .with_role("time", Role::Time)
        .with_role("fraud", Role::Ignored);
    Table::from_record_batch_with(&batch, &schema)
}
