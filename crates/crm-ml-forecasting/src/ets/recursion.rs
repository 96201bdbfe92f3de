//! The recursion of level, growth and seasons, one function for each kind of trend and season.

use serde::{Deserialize, Serialize};

use super::form::{Component, EtsForm, Smoothing};

/// A component known when the program is compiled, so that the recursion has no branches.
pub(super) trait Kind {
    const KIND: Component;
}

#[derive(Debug)]
pub(super) struct Absent;
#[derive(Debug)]
pub(super) struct Added;
#[derive(Debug)]
pub(super) struct Factor;

impl Kind for Absent {
    const KIND: Component = Component::None;
}

impl Kind for Added {
    const KIND: Component = Component::Additive;
}

impl Kind for Factor {
    const KIND: Component = Component::Multiplicative;
}

/// Calls a function that is generic in the kinds of trend and season.
macro_rules! for_form {
    ($form:expr, $function:ident($($argument:expr),* $(,)?)) => {{
        use $crate::ets::recursion::{Absent, Added, Factor};
        use $crate::ets::form::Component::{Additive, Multiplicative, None as No};
        match ($form.trend, $form.season) {
            (No, No) => $function::<Absent, Absent>($($argument),*),
            (No, Additive) => $function::<Absent, Added>($($argument),*),
            (No, Multiplicative) => $function::<Absent, Factor>($($argument),*),
            (Additive, No) => $function::<Added, Absent>($($argument),*),
            (Additive, Additive) => $function::<Added, Added>($($argument),*),
            (Additive, Multiplicative) => $function::<Added, Factor>($($argument),*),
            (Multiplicative, No) => $function::<Factor, Absent>($($argument),*),
            (Multiplicative, Additive) => $function::<Factor, Added>($($argument),*),
            (Multiplicative, Multiplicative) => $function::<Factor, Factor>($($argument),*),
        }
    }};
}
pub(super) use for_form;

/// Level and growth; the seasons are in a ring of their own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Path {
    pub(super) level: f64,
    pub(super) growth: f64,
}

impl Path {
    /// The growth of the next step.
    #[inline(always)]
    pub(super) fn next_growth<T: Kind>(self, phi: f64) -> f64 {
        match T::KIND {
            Component::None => 0.0,
            Component::Additive => phi * self.growth,
            Component::Multiplicative if phi == 1.0 => self.growth,
            Component::Multiplicative => self.growth.powf(phi),
        }
    }

    /// The level expected with that growth.
    #[inline(always)]
    pub(super) fn base<T: Kind>(self, growth: f64) -> f64 {
        match T::KIND {
            Component::None => self.level,
            Component::Additive => self.level + growth,
            Component::Multiplicative => self.level * growth,
        }
    }

    /// One step: the forecast, with the states moved on by the value `y(forecast)`.
    #[inline(always)]
    pub(super) fn step<T: Kind, S: Kind>(
        &mut self,
        season: &mut f64,
        by: &Smoothing,
        y: impl FnOnce(f64) -> f64,
    ) -> f64 {
        let growth = self.next_growth::<T>(by.phi);
        let base = self.base::<T>(growth);
        let forecast = with_season::<S>(base, *season);
        let y = y(forecast);
        let surprise = match S::KIND {
            Component::None => y,
            Component::Additive => y - *season,
            Component::Multiplicative => y / *season,
        } - base;
        let change = match S::KIND {
            Component::None => 0.0,
            Component::Additive => y - base - *season,
            Component::Multiplicative => y / base - *season,
        };
        let relative = match T::KIND {
            Component::Multiplicative => surprise / self.level,
            _ => surprise,
        };
        self.level = base + by.alpha * surprise;
        self.growth = growth + by.beta * relative;
        *season += by.gamma * change;
        forecast
    }
}

#[inline(always)]
pub(super) fn with_season<S: Kind>(base: f64, season: f64) -> f64 {
    match S::KIND {
        Component::None => base,
        Component::Additive => base + season,
        Component::Multiplicative => base * season,
    }
}

/// Runs the values through the states, telling `visit` of each value and its forecast. The ring starts at the first season.
#[inline(always)]
pub(super) fn run<T: Kind, S: Kind>(
    y: &[f64],
    by: &Smoothing,
    path: &mut Path,
    seasons: &mut [f64],
    mut visit: impl FnMut(f64, f64),
) {
    let mut turn = |values: &[f64], seasons: &mut [f64]| {
        for (y, season) in values.iter().zip(seasons) {
            let forecast = path.step::<T, S>(season, by, |_| *y);
            visit(*y, forecast);
        }
    };
    if S::KIND == Component::None || seasons.is_empty() {
        y.iter().for_each(|y| turn(std::slice::from_ref(y), &mut [0.0]));
    } else {
        y.chunks(seasons.len()).for_each(|values| turn(values, seasons));
    }
}

/// Forecasts from the states after the last value; `seasons` starts at the next step's season.
pub(super) fn extrapolate(
    form: EtsForm,
    by: &Smoothing,
    path: Path,
    seasons: &[f64],
    steps: usize,
) -> Vec<f64> {
    fn along<T: Kind, S: Kind>(by: &Smoothing, mut path: Path, seasons: &[f64], steps: usize) -> Vec<f64> {
        let ring = if S::KIND == Component::None || seasons.is_empty() { &[0.0] } else { seasons };
        ring.iter()
            .cycle()
            .take(steps)
            .map(|season| {
                let growth = path.next_growth::<T>(by.phi);
                path = Path { level: path.base::<T>(growth), growth };
                with_season::<S>(path.level, *season)
            })
            .collect()
    }
    for_form!(form, along(by, path, seasons, steps))
}
