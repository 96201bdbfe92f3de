//! Segments customers, from transactions to groups with names and actions.
//!
//! ```text
//! cargo run --release --example segment_customers
//! cargo run --release --example segment_customers -- --data online_retail.csv.gz --currency £ --describe Country
//! cargo run --release --example segment_customers -- --data sales.csv --customer client --time day --amount total --order ""
//! ```

mod charts;
mod files;
mod input;
mod printed;
mod segments;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use crm_ml::customers::{
    ActionRules, Cohorts, Moment, Period, Rfm, SegmentMap, SegmentProfiler, Transactions, Vocabulary,
};
use crm_ml::table::Table;
use crm_ml_examples::Outcome;

#[derive(Debug, Parser)]
#[command(
    name = "segment_customers",
    about = "Segments the customers of a transactions export: recency, frequency and money, cohorts, clusters, profiles and actions",
    after_help = "Columns are named as in UCI Online Retail: InvoiceNo (order), InvoiceDate (time, YYYY-MM-DD HH:MM:SS), CustomerID,\n\
        Quantity and UnitPrice (their product is the amount of a line; cancellations are below 0), Country. Other exports name theirs.\n\
        Lines without a customer are left out, and counted."
)]
struct Arguments {
    /// CSV file of transactions, plain or .gz; without it those of a shop are generated.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Column of the customer.
    #[arg(long, default_value = "CustomerID", requires = "data")]
    customer: String,
    /// Column of the date or time.
    #[arg(long, default_value = "InvoiceDate", requires = "data")]
    time: String,
    /// Column of the quantity.
    #[arg(long, default_value = "Quantity", requires = "data")]
    quantity: String,
    /// Column of the price of one piece.
    #[arg(long, default_value = "UnitPrice", requires = "data")]
    price: String,
    /// Column of the amount of a line, in place of quantity and price.
    #[arg(long, requires = "data")]
    amount: Option<String>,
    /// Column that makes lines one purchase; empty: every line is a purchase.
    #[arg(long, default_value = "InvoiceNo", requires = "data")]
    order: String,
    /// Further columns to describe the segments by, such as Country.
    #[arg(long, value_delimiter = ',', requires = "data")]
    describe: Vec<String>,
    /// First day that does not count (YYYY-MM-DD); by default the day after the last line.
    #[arg(long)]
    cut_off: Option<Moment>,
    /// Number of segments; by default chosen by silhouette.
    #[arg(long)]
    segments: Option<usize>,
    /// Rules for actions (.csv with the columns when and action, or .json); an earlier run writes the usual ones.
    #[arg(long)]
    rules: Option<PathBuf>,
    /// Which pairs of scores make which named segment (.json); an earlier run writes the usual one.
    #[arg(long)]
    map: Option<PathBuf>,
    /// Sign or code of the currency.
    #[arg(long)]
    currency: Option<String>,
    /// Seed of all draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for what is written.
    #[arg(long, default_value = "out/segment_customers")]
    out: PathBuf,
}

/// Transactions and how to read them.
struct Sales {
    table: Table,
    transactions: Transactions,
    describe: Vec<String>,
    currency: String,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<()> {
    let sales = input::read(arguments)?;
    let ledger = sales.transactions.read(&sales.table)?;
    let cut_off = arguments.cut_off.unwrap_or_else(|| ledger.last().end_of_day());
    let map = arguments.map.as_ref().map_or_else(|| Ok(SegmentMap::usual()), SegmentMap::read)?;
    let rules = arguments.rules.as_ref().map_or_else(|| Ok(ActionRules::rfm()), ActionRules::read)?;

    let rfm = Rfm::new(cut_off).segments(map).compute(&ledger)?;
    printed::data(&sales, &ledger, &rfm);
    let vocabulary = Vocabulary::rfm(&sales.currency);
    printed::rfm(&rfm, &vocabulary);
    let cohorts = Cohorts::new(Period::Month, cut_off).compute(&ledger)?;
    printed::cohorts(&cohorts);

    let found = segments::find(&rfm, arguments.segments, arguments.seed)?;
    printed::choice(&found);

    let customers = sales.transactions.usual_values(&sales.table, &rfm, &sales.describe)?;
    let profiles = SegmentProfiler::new()
        .name_fields(3)
        .vocabulary(vocabulary.clone())
        .rules(rules.clone())
        .profile(&customers, &found.labels)?;
    printed::profiles(&profiles);

    std::fs::create_dir_all(&arguments.out)?;
    let mut written = vec![
        files::customers(&arguments.out, &customers, &found.labels, &profiles)?,
        files::rules(&arguments.out, &rules)?,
        files::map(&arguments.out, rfm.segment_map())?,
    ];
    written.extend(charts::draw(&arguments.out, &rfm, &cohorts, &found, &profiles, &vocabulary)?);
    printed::written(&written);
    Ok(())
}
