//! Forecasts a quarter's revenue from open deals: who is likely to close and why, the sum with ranges, a test on past quarters.
//!
//! ```text
//! cargo run --release --example forecast_pipeline
//! cargo run --release --example forecast_pipeline -- --data opportunity_history.csv --deal OpportunityId --stage StageName \
//!     --time CreatedDate --amount Amount --stages Prospecting,Proposal,Negotiation --won "Closed Won" --lost "Closed Lost"
//! ```

mod files;
mod input;
mod printed;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use crm_ml::core::{ErrorKind, Persist, Timestamp};
use crm_ml::forecasting::{AnyForecaster, AutoForecaster};
use crm_ml::sales_pipeline::{PipelineBackTest, PipelineForecaster, QuarterReport};
use crm_ml_examples::{Bar, Outcome};

const SECONDS_A_DAY: i64 = 86_400;

#[derive(Debug, Parser)]
#[command(
    name = "forecast_pipeline",
    about = "Forecasts this quarter's revenue from open deals",
    after_help = "The file has a row for every stage that a deal entered and every change of its amount.\n\
        Without --data four years of deals are generated."
)]
struct Arguments {
    /// CSV file of the stage history, plain or .gz.
    #[arg(long, requires = "stages")]
    data: Option<PathBuf>,
    /// Column of the deal.
    #[arg(long, default_value = "deal_id")]
    deal: String,
    /// Column of the stage.
    #[arg(long, default_value = "stage")]
    stage: String,
    /// Column of the day, or time, from which the deal was there.
    #[arg(long, default_value = "date")]
    time: String,
    /// Column of the amount from then on.
    #[arg(long, default_value = "amount")]
    amount: String,
    /// Names of the open stages in their order.
    #[arg(long, value_delimiter = ',')]
    stages: Vec<String>,
    /// Name of the stage of won deals.
    #[arg(long, default_value = "Closed Won")]
    won: String,
    /// Name of the stage of lost deals.
    #[arg(long, default_value = "Closed Lost")]
    lost: String,
    /// The last day that is known; by default the last of the file.
    #[arg(long)]
    as_of: Option<Timestamp>,
    /// The month in which the fiscal year begins.
    #[arg(long, default_value_t = 1)]
    fiscal_year_start: u32,
    /// Revenue that the quarter is to reach; by default that of the quarter before.
    #[arg(long)]
    target: Option<f64>,
    /// Deals to show.
    #[arg(long, default_value_t = 10)]
    show: usize,
    /// Folder for what is written.
    #[arg(long, default_value = "out/forecast_pipeline")]
    out: PathBuf,
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
    let input::Input { deals, as_of } = input::read(arguments)?;
    let forecaster = PipelineForecaster::new().fiscal_year_start(arguments.fiscal_year_start);
    let statistical: AnyForecaster = AutoForecaster::fast(12).into();
    let model = forecaster.fit(&deals, as_of)?;
    let quarter = model.quarter(as_of);
    printed::data(&deals.as_of(as_of)?, as_of, quarter);

    let bar = Bar::new();
    let test = PipelineBackTest::new(forecaster).statistical(statistical.clone());
    // A short history can be forecast, but not tested.
    let tested = match test.run_with(&deals, as_of, &bar) {
        Ok(tested) => Some(tested),
        Err(error) if matches!(error.kind(), ErrorKind::TooFew { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    bar.finish();

    let day = (as_of.seconds() - quarter.start().seconds()) / SECONDS_A_DAY + 1;
    let weight = tested.as_ref().map_or(1.0, |tested| tested.weight(usize::try_from(day).unwrap_or(0)));
    let report = QuarterReport::of(&model, &deals, as_of, quarter, &statistical, weight)?;
    printed::deals(&report.pipeline, arguments.show);
    printed::quarter(&report);
    let target = arguments.target.unwrap_or_else(|| deals.won_in(quarter.previous()));
    printed::target(&report, target)?;
    printed::stages(&model);
    printed::tested(tested.as_ref());

    std::fs::create_dir_all(&arguments.out)?;
    let saved = arguments.out.join("pipeline.model");
    model.save(&saved)?;
    printed::written(&[files::deals(&arguments.out, &report.pipeline)?, saved]);
    Ok(())
}
