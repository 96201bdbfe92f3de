//! Well-known public data sets, read from files that you have fetched from their own sources.

use std::path::Path;

use crm_ml_core::Result;
use crm_ml_table::{CsvOptions, FieldType, Role, Table, TableSchema};

fn read(path: impl AsRef<Path>, schema: TableSchema) -> Result<Table> {
    CsvOptions::new().schema(schema).read_path(path)
}

/// Bank Marketing (`bank-additional-full.csv`): 41,188 calls of a Portuguese bank, target `y` (11.3 % yes).
///
/// Source: UCI Machine Learning Repository, [doi:10.24432/C5K306](https://doi.org/10.24432/C5K306), CC BY 4.0; S. Moro,
/// P. Cortez and P. Rita, Decision Support Systems 62 (2014), doi:10.1016/j.dss.2014.03.001. Either delimiter will do.
///
/// Pitfalls: `duration` is known only after the call, so it is **ignored** here (a leak; set its role to
/// [`Role::Feature`] to see it). `unknown` is a level of its own, not a missing value. `pdays` 999 means "never
/// contacted". Rows are in order of time, and the five economic columns nearly tell the month.
pub fn bank_marketing(path: impl AsRef<Path>) -> Result<Table> {
    read(path, TableSchema::new().with_role("y", Role::Target).with_role("duration", Role::Ignored))
}

/// Telco Customer Churn: 7,043 customers of a fictional operator, target `Churn` (26.5 % Yes).
///
/// Source: IBM sample data sets, <https://github.com/IBM/telco-customer-churn-on-icp4d>, Apache-2.0.
///
/// Pitfalls: `TotalCharges` is blank for the 11 customers of `tenure` 0 and else about `tenure` x `MonthlyCharges`;
/// several levels (`No internet service`) repeat another column.
pub fn telco_churn(path: impl AsRef<Path>) -> Result<Table> {
    let schema = TableSchema::new()
        .with_type("customerID", FieldType::Identifier)
        .with_type("TotalCharges", FieldType::Number)
        .with_role("Churn", Role::Target);
    read(path, schema)
}

/// Hillstrom's e-mail challenge: 64,000 customers in three randomised arms (`segment`), target `visit`.
///
/// Source: Kevin Hillstrom, MineThatData E-Mail Analytics and Data Mining Challenge, 20 March 2008,
/// <https://blog.minethatdata.com>.
///
/// Pitfalls: `visit`, `conversion` and `spend` are all outcomes of the two weeks after the mail; the latter two are
/// ignored here. Rows that repeat are legitimate, since there is no customer number.
pub fn hillstrom(path: impl AsRef<Path>) -> Result<Table> {
    let schema = TableSchema::new()
        .with_role("visit", Role::Target)
        .with_role("conversion", Role::Ignored)
        .with_role("spend", Role::Ignored);
    read(path, schema)
}

/// UCI Online Retail: 541,909 invoice lines of a British shop from December 2010 to December 2011.
///
/// Source: UCI Machine Learning Repository, [doi:10.24432/C5BW33](https://doi.org/10.24432/C5BW33), CC BY 4.0; D. Chen,
/// S. L. Sain and K. Guo, Journal of Database Marketing & Customer Strategy Management 19(3), 2012. Export the workbook
/// as CSV with dates as `YYYY-MM-DD HH:MM:SS`.
///
/// Pitfalls: invoices that start with `C` are cancellations; `CustomerID` is empty in a quarter of the lines; some stock
/// codes (`POST`, `BANK CHARGES`) are no products.
pub fn online_retail(path: impl AsRef<Path>) -> Result<Table> {
    let schema = TableSchema::new()
        .with_type("InvoiceNo", FieldType::Identifier)
        .with_type("StockCode", FieldType::Category)
        .with_type("CustomerID", FieldType::Identifier)
        .with_type("InvoiceDate", FieldType::DateTime)
        .with_role("InvoiceDate", Role::Time);
    read(path, schema)
}

/// CDNOW: purchases of the 23,570 customers who first bought in the first quarter of 1997, or the 1/10 sample of them.
///
/// Source: Bruce Hardie's data sets, <https://www.brucehardie.com/datasets/>; P. Fader and B. Hardie, Interfaces 31 (2001).
/// A CSV with the columns `date` (`YYYYMMDD`), `number_of_cds`, `dollar_value` and the customer's number.
///
/// Pitfalls: customer numbers keep their leading zeros; several orders of a day are one purchase occasion.
pub fn cdnow(path: impl AsRef<Path>) -> Result<Table> {
    read(path, TableSchema::new().with_type("date", FieldType::Date).with_role("date", Role::Time))
}

/// Wholesale customers: yearly spending of 440 customers of a wholesaler.
///
/// Source: UCI Machine Learning Repository, [doi:10.24432/C5030X](https://doi.org/10.24432/C5030X), CC BY 4.0.
///
/// Pitfalls: `Channel` and `Region` are codes, read as categories here; spending is heavily skewed, so take logarithms.
pub fn wholesale_customers(path: impl AsRef<Path>) -> Result<Table> {
    read(
        path,
        TableSchema::new().with_type("Channel", FieldType::Category).with_type("Region", FieldType::Category),
    )
}

/// Banking77: questions to a bank's support with one of 77 intents, target `category`.
///
/// Source: PolyAI, <https://github.com/PolyAI-LDN/task-specific-datasets>, CC BY 4.0; I. Casanueva and others, NLP for
/// Conversational AI, ACL 2020, arXiv:2003.04807.
///
/// Pitfalls: some texts hold line breaks inside quotes; some labels are known to be wrong.
pub fn banking77(path: impl AsRef<Path>) -> Result<Table> {
    let schema = TableSchema::new()
        .with_type("text", FieldType::Text)
        .with_type("category", FieldType::Category)
        .with_role("category", Role::Target);
    read(path, schema)
}

/// Twitter US Airline Sentiment: 14,640 tweets of February 2015, target `airline_sentiment`.
///
/// Source: CrowdFlower's Data for Everyone, CC BY-NC-SA 4.0.
///
/// Pitfalls: `negativereason` and the `_gold` columns are filled for some classes only, so they are ignored here, like the
/// labellers' confidences; 155 tweets are there twice, so split by `tweet_id`.
pub fn airline_tweets(path: impl AsRef<Path>) -> Result<Table> {
    let leaks = [
        "airline_sentiment_confidence",
        "negativereason",
        "negativereason_confidence",
        "airline_sentiment_gold",
        "negativereason_gold",
    ];
    let schema = TableSchema::new()
        .with_type("tweet_id", FieldType::Identifier)
        .with_type("text", FieldType::Text)
        .with_role("airline_sentiment", Role::Target);
    read(path, leaks.into_iter().fold(schema, |s, name| s.with_role(name, Role::Ignored)))
}
