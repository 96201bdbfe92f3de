//! Scores leads, from a table to ranked leads with reasons.
//!
//! ```text
//! cargo run --release --example lead_scoring
//! cargo run --release --example lead_scoring -- --data leads.csv --target converted --positive yes
//! cargo run --release --example lead_scoring -- score --model out/lead_scoring/model.crm --data new_leads.csv
//! ```

mod charts;
mod files;
mod input;
mod printed;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use crm_ml::core::Persist;
use crm_ml::lead_scoring::{LeadScorer, LeadScorerModel, NamedReason, SelectionMethod};
use crm_ml_examples::{Bar, Outcome};

#[derive(Debug, Parser)]
#[command(
    name = "lead_scoring",
    about = "Scores leads of a CRM export: probability, score, tier and reasons"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    train: Train,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scores new leads with a saved model.
    Score {
        /// Model file of an earlier run.
        #[arg(long)]
        model: PathBuf,
        /// CSV file of new leads, plain or .gz.
        #[arg(long)]
        data: PathBuf,
        /// Folder for the scored CSV.
        #[arg(long, default_value = "out/lead_scoring")]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Train {
    /// CSV file of past leads, plain or .gz; without it leads are generated.
    #[arg(long, requires = "target")]
    data: Option<PathBuf>,
    /// Column that says whether a lead converted.
    #[arg(long, requires = "data")]
    target: Option<String>,
    /// Its value that means converted, where that is not obvious.
    #[arg(long)]
    positive: Option<String>,
    /// Columns to leave out.
    #[arg(long, value_delimiter = ',')]
    drop: Vec<String>,
    /// Schema file that declares types and roles.
    #[arg(long, requires = "data")]
    schema: Option<PathBuf>,
    /// Reduces columns by principal components instead of recursive elimination.
    #[arg(long)]
    pca: bool,
    /// Seed of all draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for what is written.
    #[arg(long, default_value = "out/lead_scoring")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Some(Command::Score { model, data, out }) => score(model, data, out),
        None => train(&arguments.train),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn train(arguments: &Train) -> Outcome<()> {
    let leads = input::read(arguments)?;
    printed::summary(&leads.past);

    let mut scorer = LeadScorer::new().seed(arguments.seed);
    if let Some(positive) = &arguments.positive {
        scorer = scorer.positive(positive);
    }
    if arguments.pca {
        scorer = scorer.selection(SelectionMethod::Pca { variance: 0.95 });
    }
    let bar = Bar::new();
    let fitted = scorer.fit_with(&leads.past, &bar);
    bar.finish();
    let model = fitted?;
    printed::report(model.report());

    let ranked = model.rank(&leads.new)?;
    printed::best_leads(&ranked, leads.what);

    std::fs::create_dir_all(&arguments.out)?;
    let mut written = vec![
        files::model(&arguments.out, &model)?,
        files::scored(&arguments.out, &leads.new, &ranked)?,
        files::schema(&arguments.out, &leads.past)?,
    ];
    written.extend(charts::draw(&arguments.out, model.report())?);
    printed::written(&written);
    Ok(())
}

fn score(model: &Path, data: &Path, out: &Path) -> Outcome<()> {
    let model = LeadScorerModel::load(model)?;
    let table = model.read_options().read_path(data)?;
    let ranked = model.rank(&table)?;
    printed::best_leads(&ranked, "new leads");
    std::fs::create_dir_all(out)?;
    printed::written(&[files::scored(out, &table, &ranked)?]);
    Ok(())
}

/// The reasons in words, without those whose share would be shown as 0.00.
fn worth_telling(reasons: &[NamedReason]) -> String {
    let told = reasons.iter().filter(|reason| reason.share.abs() >= 0.005);
    told.map(NamedReason::to_string).collect::<Vec<_>>().join("; ")
}
