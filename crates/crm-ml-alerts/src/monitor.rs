//! Rates that rise against an entity's own history.

use std::collections::BTreeMap;

use crm_ml_core::{Check, Error, Persist, Result};
use serde::{Deserialize, Serialize};
use statrs::function::beta::checked_beta_reg;

/// Watches events as they come: how many an entity has in a period, against what it used to have.
///
/// Counts are taken as Poisson with a rate of the entity's own, of which its past periods tell by a gamma distribution; a period that lies `half_life` periods back tells half
/// as much as the last one, so that slow changes are followed and sudden ones stand out. Everybody's rate stands for one period of an entity's own. The chance
/// of so many events or more in the current period is then a tail of the negative binomial distribution. An event alarms when the chance falls to
/// `alarm`, once a period.
///
/// Events of an entity come in the order of their periods; one of an earlier period counts to the current one. O(log entities) an event, and O(events of the period) for its
/// chance. Reference: West and Harrison, Bayesian Forecasting and Dynamic Models, 1997 (discounting).
///
/// ```
/// use crm_ml_alerts::RateMonitor;
///
/// let mut monitor = RateMonitor::new(30.0, 1e-6)?;
/// for day in 0..60 {
///     assert!(monitor.observe("C1", day)?.alarm.is_none());
/// }
/// let alarms: Vec<_> = (0..20).filter_map(|_| monitor.observe("C1", 60).ok()?.alarm).collect();
/// assert_eq!(alarms.len(), 1);
/// assert!(alarms[0].count < 15.0 && alarms[0].expected < 1.2);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateMonitor {
    half_life: f64,
    alarm: f64,
    entities: BTreeMap<String, Rate>,
    everybody: Rate,
}

/// Periods and events, the older the lighter.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Rate {
    periods: f64,
    events: f64,
    current: i64,
    count: f64,
    alarmed: bool,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The chance of so many events or more in the entity's current period.
    pub chance: f64,
    /// Present for the first event of a period whose chance is low enough.
    pub alarm: Option<RateAlarm>,
}

/// A rate that has risen.
#[derive(Debug, Clone, PartialEq)]
pub struct RateAlarm {
    /// Events of the current period so far.
    pub count: f64,
    /// Events that were expected in it.
    pub expected: f64,
    /// The chance of so many or more.
    pub chance: f64,
}

impl RateMonitor {
    /// A monitor that has seen nothing. `half_life` is in periods, above 0; `alarm` a chance above 0 and below 1.
    pub fn new(half_life: f64, alarm: f64) -> Result<Self> {
        let (entities, everybody) = (BTreeMap::new(), Rate::default());
        let monitor = Self { half_life, alarm, entities, everybody };
        monitor.check()?;
        Ok(monitor)
    }

    fn check(&self) -> Result<()> {
        let open = self.alarm > 0.0 && self.alarm < 1.0;
        Check::of("RateMonitor")
            .positive("half_life", self.half_life)
            .rule("alarm", self.alarm, open, "above 0 and below 1")
            .finish()
    }

    /// Takes an event of an entity in a period (days since some day, or hours).
    ///
    /// Errors: a period beyond 10^12 either way.
    pub fn observe(&mut self, entity: &str, period: i64) -> Result<Observed> {
        Check::of("RateMonitor")
            .rule("period", period, period.abs() <= 1_000_000_000_000, "within 10^12")
            .finish()?;
        let rate =
            self.entities.entry(entity.to_owned()).or_insert(Rate { current: period, ..Rate::default() });
        let (passed, finished) = (period.saturating_sub(rate.current), rate.count);
        rate.pass(period, self.half_life);
        if passed > 0 {
            // A period of everybody is one of each entity.
            let forgotten = (-1.0 / (self.half_life * self.entities.len().max(1) as f64)).exp2();
            self.everybody.periods = self.everybody.periods * forgotten + passed as f64;
            self.everybody.events = self.everybody.events * forgotten + finished;
        }
        let rate = self.entities.entry(entity.to_owned()).or_default();
        rate.count += 1.0;
        let usual = (self.everybody.events + 1.0) / (self.everybody.periods + 1.0);
        let (shape, exposure) = (rate.events + usual, rate.periods + 1.0);
        let chance = at_least(rate.count, shape, exposure);
        let risen = chance <= self.alarm && !rate.alarmed;
        rate.alarmed |= risen;
        let alarm = risen.then(|| RateAlarm { count: rate.count, expected: shape / exposure, chance });
        Ok(Observed { chance, alarm })
    }

    /// The number of events expected of an entity in a period; `None` for one that was never seen.
    pub fn expected(&self, entity: &str) -> Option<f64> {
        let usual = (self.everybody.events + 1.0) / (self.everybody.periods + 1.0);
        self.entities.get(entity).map(|rate| (rate.events + usual) / (rate.periods + 1.0))
    }
}

impl Rate {
    /// Goes on to a later period; those between had no event.
    fn pass(&mut self, period: i64, half_life: f64) {
        let passed = period.saturating_sub(self.current);
        if passed <= 0 {
            return;
        }
        let kept = (-1.0 / half_life).exp2();
        let (periods, events) = (self.periods * kept + 1.0, self.events * kept + self.count);
        // The empty periods: 1 + kept + kept^2 + ... of them.
        let empty = (passed - 1) as f64;
        let faded = (-empty / half_life).exp2();
        let added = if kept < 1.0 { (1.0 - faded) / (1.0 - kept) } else { empty };
        *self = Self {
            periods: periods * faded + added,
            events: events * faded,
            current: period,
            count: 0.0,
            alarmed: false,
        };
    }
}

/// The chance of `count` events or more where the rate is gamma with this shape and exposure: the tail of a negative binomial
/// distribution, which is a regularised incomplete beta function.
fn at_least(count: f64, shape: f64, exposure: f64) -> f64 {
    if count <= 0.0 {
        return 1.0;
    }
    checked_beta_reg(count, shape, 1.0 / (exposure + 1.0)).unwrap_or(1.0)
}

impl Persist for RateMonitor {
    const KIND: &'static str = "rate-monitor";

    fn validate(&self) -> Result<()> {
        self.check()?;
        let sound = |rate: &Rate| {
            let numbers = [rate.periods, rate.events, rate.count];
            numbers.iter().all(|v| v.is_finite() && (0.0..=1e18).contains(v))
                && rate.current.abs() <= 1_000_000_000_000
        };
        if self.entities.values().chain([&self.everybody]).all(sound) {
            Ok(())
        } else {
            Err(Error::model_file("rates that are no numbers"))
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use crm_ml_core::{Persist, Stream};

    use super::{RateMonitor, at_least};

    #[test]
    fn the_chance_is_scipys() {
        // scipy.stats.nbinom.sf(count - 1, shape, exposure / (exposure + 1))
        for (count, shape, exposure, chance) in CHANCES {
            assert_relative_eq!(at_least(count, shape, exposure), chance, max_relative = 1e-10);
        }
    }

    const CHANCES: [(f64, f64, f64, f64); 4] = [
        (1.0, 1.0, 1.0, 0.5),
        (12.0, 3.5, 10.0, 5.383801350822715e-11),
        (30.0, 20.0, 18.0, 3.0311171896196696e-26),
        (3.0, 40.0, 10.0, 0.747825654725946),
    ];

    #[test]
    fn bursts_alarm_and_habits_do_not() {
        let mut monitor = RateMonitor::new(20.0, 1e-5).unwrap();
        let mut alarms = Vec::new();
        for day in 0..200 {
            for entity in 0..20 {
                let mut stream = Stream::new(3, "monitor", day as u64 * 100 + entity);
                // Entities differ in their rates; the seventh bursts on one day.
                let usual = stream.below(2 + entity as usize);
                let events = if (entity, day) == (7, 150) { usual + 40 } else { usual };
                for _ in 0..events {
                    if monitor.observe(&format!("E{entity}"), day).unwrap().alarm.is_some() {
                        alarms.push((entity, day));
                    }
                }
            }
        }
        assert_eq!(alarms, [(7, 150)]);
        assert!(monitor.expected("E19").unwrap() > 5.0 && monitor.expected("E0").unwrap() < 1.5);
        let again = RateMonitor::from_bytes(&monitor.to_bytes().unwrap()).unwrap();
        assert_eq!(again, monitor);
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let mut monitor = RateMonitor::new(5.0, 1e-6).unwrap();
        for day in 0..30 {
            for _ in 0..50 {
                monitor.observe("A", day).unwrap();
            }
        }
        assert!(monitor.expected("A").unwrap() > 30.0);
        for day in (30..200).step_by(2) {
            monitor.observe("A", day).unwrap();
        }
        assert!(monitor.expected("A").unwrap() < 3.0);
        monitor.observe("A", i64::MAX).unwrap_err();
        RateMonitor::new(0.0, 0.1).unwrap_err();
        RateMonitor::new(1.0, f64::NAN).unwrap_err();
    }
}
