//! The series, from a long table or generated.

use crm_ml::core::{Calendar, Frequency, Series, Timestamp};
use crm_ml::datasets::monthly_revenue;
use crm_ml::forecasting::{LongTable, Panel};
use crm_ml::table::{CsvOptions, FieldType, TableSchema};
use crm_ml_examples::Outcome;

use crate::Arguments;

const MONTHS: usize = 120;

/// The file that was given, or three regions' revenue.
pub(crate) fn read(arguments: &Arguments) -> Outcome<Panel> {
    let Some(path) = &arguments.data else {
        println!("No --data given: ten years of monthly revenue of three regions are generated.");
        return generated();
    };
    let mut schema = TableSchema::new().with_type(&arguments.time, FieldType::Identifier);
    for column in &arguments.id {
        schema = schema.with_type(column, FieldType::Identifier);
    }
    let table = CsvOptions::new().schema(schema).read_path(path)?;
    let values = table.column(&arguments.value)?.numbers()?;
    let times = table.column(&arguments.time)?.texts();
    let ids =
        arguments.id.iter().map(|column| Ok(table.column(column)?.texts())).collect::<Outcome<Vec<_>>>()?;
    let only = match arguments.only.as_deref().map(|only| only.split_once('=').ok_or(only)) {
        None => None,
        Some(Ok((column, value))) => Some((table.column(column)?.texts(), value)),
        Some(Err(only)) => return Err(format!("--only '{only}' is not COLUMN=VALUE").into()),
    };
    let (mut names, mut moments, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..table.n_rows() {
        if only.as_ref().is_some_and(|(column, value)| column[row].as_deref() != Some(*value)) {
            continue;
        }
        let time = times[row].as_deref().unwrap_or_default();
        let time = time
            .parse::<Timestamp>()
            .map_err(|error| table.cell_error(&arguments.time, row, &error.to_string()))?;
        names.push(ids.iter().map(|id| id[row].as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" / "));
        moments.push(time);
        taken.push(values[row]);
    }
    Ok(LongTable::new().fill(arguments.gaps.fill()).read(&names, &moments, &taken)?)
}

fn generated() -> Outcome<Panel> {
    let calendar = Calendar::new("2010-01".parse()?, Frequency::MONTHLY);
    let mut regions = Vec::new();
    for (seed, name) in ["north", "south", "west"].into_iter().enumerate() {
        let revenue = monthly_revenue(MONTHS, seed as u64)?.table.column("revenue")?.numbers()?;
        regions.push(Series::from_vec(revenue)?.named(name).with_calendar(calendar));
    }
    Ok(Panel::new(regions))
}

/// The season that the distance of the times speaks for.
pub(crate) fn season(series: &[Series<'_>]) -> usize {
    let calendar = series.first().and_then(|series| series.calendar());
    calendar.map_or(1, |calendar| calendar.frequency().season_length())
}

/// The place of the series to show.
pub(crate) fn shown(arguments: &Arguments, series: &[Series<'_>]) -> Outcome<usize> {
    if let Some(name) = &arguments.show {
        let place = series.iter().position(|series| series.name() == name);
        return place.ok_or_else(|| format!("there is no series '{name}'").into());
    }
    let size = |series: &Series<'_>| total(series, arguments.horizon);
    let largest = (0..series.len()).max_by(|a, b| size(&series[*a]).total_cmp(&size(&series[*b])));
    largest.ok_or_else(|| "there are no series".into())
}

/// 5 % more than the last values.
pub(crate) fn goal(series: &Series<'_>, values: usize) -> f64 {
    let last = total(series, values);
    last + 0.05 * last.abs()
}

fn total(series: &Series<'_>, values: usize) -> f64 {
    series.values().iter().rev().take(values).filter(|value| !value.is_nan()).sum()
}

/// When a value is, or its number.
pub(crate) fn time(series: &Series<'_>, step: usize) -> String {
    series.calendar().map_or_else(|| step.to_string(), |calendar| calendar.time(step).to_string())
}
