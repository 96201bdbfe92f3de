//! Forecasts revenue: tests methods on the past, chooses one for each series, tells ranges and the chance to reach a target.
//!
//! ```text
//! cargo run --release --example forecast_revenue
//! cargo run --release --example forecast_revenue -- --data sales.csv --id region --time month --value revenue --target 1e6
//! cargo run --release --example forecast_revenue -- --data m3.csv.gz --only period=QUARTERLY --id series_id --horizon 8
//! ```

mod charts;
mod files;
mod input;
mod printed;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use crm_ml::core::{Forecast, ForecastModel, Forecaster, Horizon, Progress, Series, Step, parallel};
use crm_ml::forecasting::{
    AnyForecaster, AutoArima, AutoEts, AutoForecaster, AutoForecasterModel, BackTest, BackTestReport, Fill,
    SeasonalNaive, Theta,
};
use crm_ml_examples::{Bar, Outcome};

/// Beyond so many series the slow methods are left out.
const FEW: usize = 30;
/// Windows of the back-test of all methods.
const WINDOWS: usize = 4;
/// Series fitted between two steps of the bar.
const PIECE: usize = 32;

#[derive(Debug, Parser)]
#[command(
    name = "forecast_revenue",
    about = "Forecasts with honest ranges for one series or many",
    after_help = "Without --data the monthly revenue of three regions is generated."
)]
struct Arguments {
    /// CSV file, plain or .gz, with one row a value.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Columns that name the series; none: the file holds one.
    #[arg(long, value_delimiter = ',', requires = "data")]
    id: Vec<String>,
    /// Column of the time: 2024, 2024Q1, 2024-01 or 2024-01-31.
    #[arg(long, default_value = "time")]
    time: String,
    /// Column of the values.
    #[arg(long, default_value = "value")]
    value: String,
    /// Rows to take: COLUMN=VALUE.
    #[arg(long, requires = "data")]
    only: Option<String>,
    /// What to put where values are missing.
    #[arg(long, value_enum, default_value_t = Gaps::Linear)]
    gaps: Gaps,
    /// Values to forecast.
    #[arg(long, default_value_t = 12)]
    horizon: usize,
    /// Values in a season; by default from the distance of the times.
    #[arg(long)]
    season: Option<usize>,
    /// Levels of the ranges, in percent.
    #[arg(long, value_delimiter = ',', default_values_t = [80.0, 95.0])]
    levels: Vec<f64>,
    /// Series to show and to draw; by default the one of the largest last values.
    #[arg(long)]
    show: Option<String>,
    /// What the sum of its forecast values is to reach; by default 5 % more than the same number of last values.
    #[arg(long)]
    target: Option<f64>,
    /// Folder for what is written.
    #[arg(long, default_value = "out/forecast_revenue")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Gaps {
    Refuse,
    Zero,
    Previous,
    Linear,
}

impl Gaps {
    fn fill(self) -> Fill {
        match self {
            Self::Refuse => Fill::Refuse,
            Self::Zero => Fill::Zero,
            Self::Previous => Fill::Previous,
            Self::Linear => Fill::Linear,
        }
    }
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

/// A method and how it did.
struct Tested {
    name: String,
    report: BackTestReport,
}

fn run(arguments: &Arguments) -> Outcome<()> {
    let panel = input::read(arguments)?;
    let series = panel.series();
    let season = arguments.season.unwrap_or_else(|| input::season(series));
    printed::data(&panel, season);
    let bar = Bar::new();

    let auto = if series.len() > FEW { AutoForecaster::fast(season) } else { AutoForecaster::new(season) };
    let auto = auto.horizon(arguments.horizon);
    let tested = back_test(arguments, series, season, &auto, &bar)?;
    printed::tested(&tested);

    let horizon = Horizon::new(arguments.horizon)?.with_levels(&arguments.levels)?;
    let models = fit(&auto, series, &horizon, &bar)?;
    bar.finish();
    printed::choices(&models);
    let shown = input::shown(arguments, series)?;
    let Some((model, forecast)) = &models[shown] else {
        return Err(format!("no method could forecast '{}'", series[shown].name()).into());
    };
    printed::candidates(&series[shown], model);
    printed::forecast(&series[shown], forecast);
    let target = arguments.target.unwrap_or_else(|| input::goal(&series[shown], arguments.horizon));
    printed::target(model, &horizon, target)?;

    std::fs::create_dir_all(&arguments.out)?;
    let mut written = vec![
        files::forecasts(&arguments.out, series, &models)?,
        files::back_test(&arguments.out, series, &tested)?,
    ];
    let honest = tested.last().ok_or("nothing was tested")?;
    written.extend(charts::draw(&arguments.out, &series[shown], shown, forecast, &honest.report, season)?);
    printed::written(&written);
    Ok(())
}

/// How the methods would have forecast the last windows of every series, the automatic choice last.
fn back_test(
    arguments: &Arguments,
    series: &[Series<'_>],
    season: usize,
    auto: &AutoForecaster,
    bar: &Bar,
) -> Outcome<Vec<Tested>> {
    let test = BackTest::new(arguments.horizon)
        .n_windows(WINDOWS)
        .step_size(arguments.horizon.div_ceil(2))
        .min_train((2 * season).max(8))
        .season_length(season)
        .levels(&arguments.levels);
    let mut methods: Vec<AnyForecaster> = vec![
        SeasonalNaive::new(season).into(),
        AutoEts::new(season).into(),
        Theta::new(season).into(),
        Theta::dynamic_optimized(season).into(),
    ];
    if series.len() <= FEW && season <= AutoArima::MOST_SEASON {
        methods.push(AutoArima::new(season).into());
    }
    methods.push(auto.clone().into());
    let mut tested: Vec<Tested> = Vec::new();
    for method in methods {
        let report = test.run_with(&method, series, bar)?;
        tested.push(Tested { name: method.name().to_owned(), report });
    }
    Ok(tested)
}

/// A fitted model and its forecast; `None` where no method can.
type Fitted = Option<(AutoForecasterModel, Forecast)>;

/// The chosen method of every series, and its forecast.
fn fit(
    auto: &AutoForecaster,
    series: &[Series<'_>],
    horizon: &Horizon<'_>,
    bar: &Bar,
) -> Outcome<Vec<Fitted>> {
    let mut models = Vec::with_capacity(series.len());
    for piece in parallel::chunks(series.len(), PIECE) {
        let (first, end) = (piece.start, piece.end);
        let found = parallel::map(piece.len(), |i| {
            let model = auto.fit(&series[first + i])?;
            let forecast = model.forecast(horizon)?;
            Ok((model, forecast))
        });
        for (i, found) in found.into_iter().enumerate() {
            models.push(match found {
                Ok(found) => Some(found),
                Err(error) => {
                    let error: crm_ml::core::Error = error;
                    eprintln!("'{}' is left out: {error}", series[first + i].name());
                    None
                }
            });
        }
        if bar.step(Step { task: "forecasts", done: end, total: series.len() }).is_break() {
            return Err("stopped".into());
        }
    }
    Ok(models)
}
