//! The neutral door for side-by-side runs: one task on `.npy` files, one JSON line on stdout.
//!
//! See `docs/benchmarks.md` for tasks, inputs and settings.

mod inputs;
mod memory;
mod report;
mod settings;
mod tasks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::Settings;

/// What every step of the runner returns: the message is for the person at the terminal.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Runs one task on .npy files and prints one JSON line.
#[derive(Debug, Parser)]
#[command(name = "workload")]
struct Arguments {
    /// Name of the task; an unknown one lists all.
    task: String,
    /// Features, rows x columns, f32 or f64, C order; NaN is missing.
    #[arg(long)]
    x: Option<PathBuf>,
    /// Labels or targets.
    #[arg(long)]
    y: Option<PathBuf>,
    /// Scores or probabilities, for the task `metrics`.
    #[arg(long)]
    scores: Option<PathBuf>,
    /// Rows to predict; the training rows where absent.
    #[arg(long)]
    x_test: Option<PathBuf>,
    /// One weight a row.
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Start values: centres or means, one a row.
    #[arg(long)]
    init: Option<PathBuf>,
    /// Long table of series (`unique_id,ds,y`), for the task `forecast`.
    #[arg(long)]
    series: Option<PathBuf>,
    /// CSV file, for the task `read-csv`.
    #[arg(long)]
    table: Option<PathBuf>,
    /// Positions of the columns that are categories.
    #[arg(long, value_delimiter = ',')]
    categorical: Vec<usize>,
    /// Parameters, by scikit-learn's names.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Threads; all cores where absent.
    #[arg(long)]
    threads: Option<usize>,
    /// How often the work is repeated.
    #[arg(long, default_value_t = 1)]
    repeat: usize,
    /// Folder for the outputs, made where absent.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("workload: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<()> {
    let task = tasks::find(&arguments.task)?;
    std::fs::create_dir_all(&arguments.out)?;
    let mut settings = Settings::parse(&arguments.settings)?;
    let inputs = Inputs::read(arguments, task.uses)?;
    let threads =
        arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let mut report = Report::new(
        &arguments.task,
        &inputs,
        threads,
        settings.as_json(),
        arguments.repeat.max(1),
        &arguments.out,
    );
    pool.install(|| (task.run)(&inputs, &mut settings, &mut report))?;
    println!("{}", report.to_json());
    Ok(())
}
