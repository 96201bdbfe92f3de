//! A typed space of parameters.

use std::fmt;

use crm_ml_core::{Check, Error, ErrorKind, Result, Stream};

/// Largest grid that is tried.
const MOST_POINTS: usize = 100_000;

/// An estimator and the parameters to vary, each set through the estimator's own setter, so a wrong name or type does not
/// compile.
///
/// ```
/// # use crm_ml_classifiers::GradientBoostingClassifier;
/// # use crm_ml_model_selection::Space;
/// let space = Space::new(GradientBoostingClassifier::new())
///     .choice("max_leaf_nodes", [15, 31], |e, v| e.max_leaf_nodes(*v))
///     .log_range("learning_rate", 0.01, 0.3, |e, v| e.learning_rate(v));
/// # let _ = space;
/// ```
pub struct Space<C> {
    base: C,
    axes: Vec<Axis<C>>,
}

struct Axis<C> {
    name: String,
    /// Number of choices; `None` for a range.
    choices: Option<usize>,
    set: Set<C>,
}

impl<C> Axis<C> {
    fn require_choices(&self) -> Result<()> {
        if self.choices != Some(0) {
            return Ok(());
        }
        Err(ErrorKind::TooFew { what: format!("choices of '{}'", self.name), needed: 1, found: 0 }.into())
    }
}

type Set<C> = Box<dyn Fn(C, Draw) -> (C, String) + Send + Sync>;

/// Where on an axis a point lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Draw {
    /// One of the choices.
    Choice(usize),
    /// A place in [0, 1).
    Place(f64),
}

impl<C: Clone> Space<C> {
    /// The estimator whose other parameters stay as they are.
    pub fn new(base: C) -> Self {
        Self { base, axes: Vec::new() }
    }

    /// A parameter with a list of values.
    pub fn choice<V: fmt::Debug + Send + Sync + 'static>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = V>,
        set: impl Fn(C, &V) -> C + Send + Sync + 'static,
    ) -> Self {
        let values: Vec<V> = values.into_iter().collect();
        let choices = Some(values.len());
        let set = move |estimator: C, draw| match draw {
            Draw::Choice(i) if i < values.len() => (set(estimator, &values[i]), format!("{:?}", values[i])),
            _ => (estimator, String::new()),
        };
        self.axes.push(Axis { name: name.to_owned(), choices, set: Box::new(set) });
        self
    }

    /// A real parameter, uniform from `low` to `high` (random search).
    pub fn range(
        self,
        name: &str,
        low: f64,
        high: f64,
        set: impl Fn(C, f64) -> C + Send + Sync + 'static,
    ) -> Self {
        self.place(name, set, move |place| low + place * (high - low))
    }

    /// A positive parameter, uniform in its logarithm from `low` to `high` (random search).
    pub fn log_range(
        self,
        name: &str,
        low: f64,
        high: f64,
        set: impl Fn(C, f64) -> C + Send + Sync + 'static,
    ) -> Self {
        self.place(name, set, move |place| (low.ln() + place * (high.ln() - low.ln())).exp())
    }

    fn place(
        mut self,
        name: &str,
        set: impl Fn(C, f64) -> C + Send + Sync + 'static,
        value: impl Fn(f64) -> f64 + Send + Sync + 'static,
    ) -> Self {
        let set = move |estimator: C, draw| match draw {
            Draw::Place(place) => {
                let value = value(place);
                (set(estimator, value), format!("{value:?}"))
            }
            Draw::Choice(_) => (estimator, String::new()),
        };
        self.axes.push(Axis { name: name.to_owned(), choices: None, set: Box::new(set) });
        self
    }

    /// Every combination of the choices, the last axis fastest.
    pub(super) fn grid(&self) -> Result<Vec<Vec<Draw>>> {
        let mut points = vec![Vec::new()];
        for axis in &self.axes {
            let choices = axis.choices.ok_or_else(|| {
                Error::unsupported(format!(
                    "'{}' is a range: a grid needs choices, or use RandomSearch",
                    axis.name
                ))
            })?;
            axis.require_choices()?;
            let size = points.len().saturating_mul(choices);
            Check::of("GridSearch").between("points of the grid", size, 1, MOST_POINTS).finish()?;
            let extend = |point: &Vec<Draw>| {
                let point = point.clone();
                (0..choices).map(move |i| [point.as_slice(), &[Draw::Choice(i)]].concat())
            };
            points = points.iter().flat_map(extend).collect();
        }
        Ok(points)
    }

    /// Every list of values has one.
    pub(super) fn require_choices(&self) -> Result<()> {
        self.axes.iter().try_for_each(Axis::require_choices)
    }

    /// A random point.
    pub(super) fn draw(&self, stream: &mut Stream) -> Vec<Draw> {
        let draw = |axis: &Axis<C>| match axis.choices {
            Some(choices) => Draw::Choice(stream.below(choices)),
            None => Draw::Place(stream.uniform()),
        };
        self.axes.iter().map(draw).collect()
    }

    /// The estimator at a point, and what was set.
    pub(super) fn at(&self, point: &[Draw]) -> (C, Vec<(String, String)>) {
        let mut estimator = self.base.clone();
        let mut parameters = Vec::with_capacity(self.axes.len());
        for (axis, draw) in self.axes.iter().zip(point) {
            let (next, value) = (axis.set)(estimator, *draw);
            estimator = next;
            parameters.push((axis.name.clone(), value));
        }
        (estimator, parameters)
    }
}

impl<C: fmt::Debug> fmt::Debug for Space<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.axes.iter().map(|axis| axis.name.as_str()).collect();
        formatter.debug_struct("Space").field("base", &self.base).field("axes", &names).finish()
    }
}
