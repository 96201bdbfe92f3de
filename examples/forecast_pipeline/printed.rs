//! What a person reads.

use std::path::PathBuf;

use crm_ml::core::Timestamp;
use crm_ml::sales_pipeline::{
    Deals, Method, Outcomes, PipelineBackTestReport, PipelineForecast, PipelineModel, Quarter, QuarterReport,
};
use crm_ml_examples::Outcome;
use crm_ml_examples::text::{heading, percent, table};

/// Level of the ranges, in percent.
const LEVEL: f64 = 80.0;

pub(crate) fn data(deals: &Deals, as_of: Timestamp, quarter: Quarter) {
    println!("{} deals from {} to {as_of}; the forecast is of {quarter}.", deals.len(), deals.first());
}

pub(crate) fn deals(forecast: &PipelineForecast, count: usize) {
    heading("The deals most likely to be won this quarter");
    let rows: Vec<[String; 5]> = forecast
        .most_likely(count)
        .into_iter()
        .map(|deal| {
            let amount = deal.amount.map_or("unknown".to_owned(), money);
            [deal.id.clone(), deal.stage.clone(), amount, percent(deal.probability), deal.why()]
        })
        .collect();
    table(&["deal", "stage", "amount", "chance", "why"], &rows, 5);
    println!("{} deals are open.", forecast.deals.len());
}

pub(crate) fn quarter(report: &QuarterReport) {
    let pipeline = &report.pipeline;
    heading(&format!("Revenue of {}", pipeline.quarter));
    let row = |name: &str, value: f64, what: String| [name.to_owned(), money(value), what];
    let range = |outcomes: &Outcomes| {
        let (low, high) = outcomes.range(LEVEL).unwrap_or((f64::NAN, f64::NAN));
        format!("{LEVEL} %: {} to {}", money(low), money(high))
    };
    let mut rows = vec![
        row("won so far", pipeline.won, format!("{} deals", pipeline.won_deals)),
        row("expected of open deals", pipeline.open_revenue, format!("{} deals", pipeline.deals.len())),
        row("expected of deals to come", pipeline.new_revenue, String::new()),
        row("= pipeline", pipeline.revenue.median(), range(&pipeline.revenue)),
    ];
    if let Some(statistical) = &report.statistical {
        let months = statistical.months.len();
        rows.push(row(
            "statistical",
            statistical.revenue.median(),
            format!("{}, from {months} months", range(&statistical.revenue)),
        ));
        rows.push(row(
            "combined",
            report.combined.median(),
            format!("{}, {} pipeline", range(&report.combined), percent(report.weight)),
        ));
    }
    rows.push(row("amounts x stage win rates", report.stage_weighted, "regardless of time".to_owned()));
    table(&["", "revenue", ""], &rows, 1);
}

pub(crate) fn target(report: &QuarterReport, target: f64) -> Outcome<()> {
    let chance = report.pipeline.revenue.probability_of_reaching(target)?;
    println!("\n{} is reached with a chance of {}.", money(target), percent(chance));
    Ok(())
}

/// How long deals stay good in each stage.
pub(crate) fn stages(model: &PipelineModel) {
    heading("What happens in a stage, a week");
    let mut rows = Vec::new();
    for stage in model.hazards() {
        for span in &stage.spans {
            let days = match span.to_day {
                Some(last) if last == span.from_day => format!("day {last}"),
                Some(last) => format!("day {} to {last}", span.from_day),
                None => format!("day {} on", span.from_day),
            };
            let weekly = |daily: f64| percent(1.0 - (1.0 - daily).powi(7));
            let moved = span.moves.iter().sum();
            rows.push([
                stage.stage.clone(),
                days,
                weekly(span.won),
                weekly(span.lost),
                weekly(moved),
                span.exits.to_string(),
            ]);
        }
    }
    table(&["stage", "age", "won", "lost", "moves", "deals seen"], &rows, 2);
    for (when, [_, won]) in model.quarter_factors() {
        println!("{when}: won {won:.2} times as often");
    }
    for note in model.notes() {
        println!("{note}");
    }
}

pub(crate) fn tested(tested: Option<&PipelineBackTestReport>) {
    heading("How past quarters would have been forecast");
    let Some(tested) = tested else {
        println!("The history is too short for a test.");
        return;
    };
    let mut header = vec!["days into the quarter".to_owned(), "method".into(), "error".into(), "bias".into()];
    header.extend(tested.levels().iter().map(|level| format!("{level} % hold")));
    let mut days: Vec<usize> = tested.windows().iter().map(|window| window.day).collect();
    days.sort_unstable();
    days.dedup();
    let mut rows = Vec::new();
    for day in days {
        for method in Method::ALL {
            let Some(of) = tested.metrics(method, Some(day)) else { continue };
            let mut row = vec![day.to_string(), method.to_string(), percent(of.error), percent(of.bias)];
            row.extend(of.coverage.iter().map(|held| percent(held.coverage)));
            row.resize(header.len(), "-".to_owned());
            rows.push(row);
        }
    }
    table(&header.iter().map(String::as_str).collect::<Vec<_>>(), &rows, 2);
    let quarters: std::collections::BTreeSet<Quarter> =
        tested.windows().iter().map(|of| of.quarter).collect();
    println!(
        "{} quarters, each forecast with what was known on the day; errors as shares of the revenue.",
        quarters.len()
    );
}

pub(crate) fn written(paths: &[PathBuf]) {
    println!();
    for path in paths {
        println!("wrote {}", path.display());
    }
}

/// A whole amount with its thousands apart.
fn money(amount: f64) -> String {
    let digits = format!("{:.0}", amount.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if amount <= -0.5 { format!("-{text}") } else { text }
}
