//! Weekly sales of departments, and the holidays of their weeks.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use crm_ml_core::{Samples, Series, Timestamp};
use crm_ml_forecasting::{Holidays, LongTable};

/// Weeks of a complete series.
pub(crate) const WEEKS: usize = 143;

pub(crate) struct Sales {
    pub(crate) series: Vec<Series<'static>>,
    /// One row a week.
    pub(crate) holidays: Samples<'static>,
    pub(crate) is_holiday: Vec<bool>,
}

pub(crate) fn read(folder: &Path) -> Result<Sales, Box<dyn std::error::Error>> {
    let mut text = String::new();
    let file = std::fs::File::open(folder.join("walmart_sales.csv.gz"))?;
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    let (mut ids, mut times, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut weeks: BTreeMap<Timestamp, bool> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let [store, department, date, amount, holiday] = line.split(',').collect::<Vec<_>>()[..] else {
            return Err(format!("five cells expected: {line}").into());
        };
        let time: Timestamp = date.parse()?;
        ids.push(format!("{store}/{department}"));
        times.push(time);
        values.push(amount.parse()?);
        weeks.insert(time, holiday == "TRUE");
    }
    let panel = LongTable::new().read(&ids, &times, &values)?;
    let complete =
        |series: &&Series<'_>| series.len() == WEEKS && series.require_complete("a method").is_ok();
    let series: Vec<Series<'static>> = panel.series().iter().filter(complete).cloned().collect();
    let calendar = *series.first().and_then(|series| series.calendar()).ok_or("no complete series")?;
    let days = |texts: &[&str]| texts.iter().map(|text| text.parse()).collect::<Result<Vec<Timestamp>, _>>();
    let holidays = Holidays::new()
        .on("super bowl", &days(&["2010-02-07", "2011-02-06", "2012-02-05"])?, 0, 0)?
        .on("labor day", &days(&["2010-09-06", "2011-09-05", "2012-09-03"])?, 0, 0)?
        .on("thanksgiving", &days(&["2010-11-25", "2011-11-24", "2012-11-22"])?, 0, 1)?
        .on("christmas", &days(&["2010-12-25", "2011-12-25", "2012-12-25"])?, 10, 0)?
        .on("easter", &days(&["2010-04-04", "2011-04-24", "2012-04-08"])?, 7, 0)?
        .stamps_end(true)
        .regressors(&calendar, 0..WEEKS)?;
    Ok(Sales { series, holidays, is_holiday: weeks.into_values().collect() })
}
