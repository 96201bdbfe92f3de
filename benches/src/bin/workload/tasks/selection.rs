//! Choices of columns: by what each tells alone, by elimination, by search.

use crm_ml::core::{Classifier, Importances, Labeled, Persist, TransformerModel};
use crm_ml::feature_selection::{
    ClassScore, ClassSelector, Direction, Mrmr, MrmrScheme, Rfe, Rfecv, SelectByScore, SelectedModel,
    Selection, SequentialSelector, ValidationPoint,
};
use crm_ml::metrics::ClassificationMetric;
use ndarray::{Array1, Array2};

use super::{estimators, linear};
use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::{Settings, apply};

/// `score` names what is asked of each column; `k` columns are kept.
pub(super) fn select(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let name: String = settings.take("score")?.unwrap_or_else(|| "anova-f".to_owned());
    let neighbors: Option<usize> = settings.take("n_neighbors")?;
    let score = match (name.as_str(), neighbors) {
        ("anova-f", None) => ClassScore::AnovaF,
        ("chi-squared", None) => ClassScore::ChiSquared,
        ("mutual-information", neighbors) => ClassScore::MutualInformation(neighbors.unwrap_or(3)),
        ("anova-f" | "chi-squared", Some(_)) => {
            return Err("--set n_neighbors: for score=mutual-information".into());
        }
        _ => {
            let expected = "expected anova-f, chi-squared or mutual-information";
            return Err(format!("--set score={name}: {expected}").into());
        }
    };
    let selector = SelectByScore::new(score).count(settings.take("k")?.unwrap_or(10));
    settings.take::<u64>("seed")?;
    settings.finish("select")?;
    let selection = choose(&selector, inputs, report)?;
    let scores: Array1<f64> = selection.scores().iter().map(|column| column.score).collect();
    report.write("scores", &scores)
}

/// `scheme` is one of Ding and Peng's four.
pub(super) fn mrmr(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let scheme: String = settings.take("scheme")?.unwrap_or_else(|| "fcq".to_owned());
    let mut selector = Mrmr::new(match scheme.as_str() {
        "mid" => MrmrScheme::Mid,
        "miq" => MrmrScheme::Miq,
        "fcd" => MrmrScheme::Fcd,
        "fcq" => MrmrScheme::Fcq,
        _ => return Err(format!("--set scheme={scheme}: expected mid, miq, fcd or fcq").into()),
    });
    apply!(settings, selector; n_features_to_select: usize, n_neighbors: usize, n_bins: usize);
    settings.take::<u64>("seed")?;
    settings.finish("mrmr")?;
    choose(&selector, inputs, report).map(drop)
}

fn choose<S: ClassSelector>(selector: &S, inputs: &Inputs, report: &mut Report) -> Outcome<Selection> {
    let (data, test) = (inputs.labeled()?, inputs.test_samples()?);
    let selection = report.time_fit(|| Ok(selector.select(&data)?))?;
    report.set("model_bytes", selection.to_bytes()?.len());
    report.time_predict(|| Ok(selection.transform(&test)?))?;
    write_selection(&selection, report)?;
    Ok(selection)
}

fn write_selection(selection: &Selection, report: &Report) -> Outcome<()> {
    report.write("support", &Array1::from(selection.support()))?;
    report.write("ranking", &selection.ranking().iter().map(|rank| *rank as i64).collect::<Array1<i64>>())
}

/// Runs the search with the classifier that `estimator` names, made of its own settings.
macro_rules! search {
    ($search:expr, $inputs:expr, $settings:expr, $report:expr) => {{
        let name: String = $settings.take("estimator")?.unwrap_or_else(|| "logistic".to_owned());
        match name.as_str() {
            "logistic" => $search.run(linear::logistic($settings)?, $inputs, $settings, $report),
            "decision-tree" => {
                $search.run(estimators::decision_tree($settings)?, $inputs, $settings, $report)
            }
            "random-forest" => {
                $search.run(estimators::random_forest($settings)?, $inputs, $settings, $report)
            }
            "gradient-boosting" => {
                $search.run(estimators::gradient_boosting($settings)?, $inputs, $settings, $report)
            }
            _ => Err(format!(
                "--set estimator={name}: expected logistic, decision-tree, random-forest or gradient-boosting"
            )
            .into()),
        }
    }};
}

pub(super) fn rfe(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let search = Elimination { keep: settings.take("n_features_to_select")?, step: settings.take("step")? };
    search!(search, inputs, settings, report)
}

/// Columns to keep and to drop a round: a share below 1, else a count.
struct Elimination {
    keep: Option<f64>,
    step: Option<f64>,
}

impl Elimination {
    fn run<C: Classifier<Model: Importances + Persist>>(
        self,
        estimator: C,
        inputs: &Inputs,
        settings: &Settings,
        report: &mut Report,
    ) -> Outcome<()> {
        settings.finish("rfe")?;
        let mut rfe = Rfe::new(estimator);
        if let Some(keep) = self.keep {
            rfe =
                if keep < 1.0 { rfe.share_to_select(keep) } else { rfe.n_features_to_select(keep as usize) };
        }
        if let Some(step) = self.step {
            rfe = if step < 1.0 { rfe.step_share(step) } else { rfe.step(step as usize) };
        }
        fit(|data| Ok(rfe.fit(data)?), inputs, report).map(drop)
    }
}

pub(super) fn rfecv(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let search = Validated {
        metric: scoring(settings)?,
        least: settings.take("min_features_to_select")?.unwrap_or(1),
        step: settings.take("step")?.unwrap_or(1),
        one_standard_error: settings.take("one_standard_error")?.unwrap_or(false),
    };
    search!(search, inputs, settings, report)
}

struct Validated {
    metric: ClassificationMetric,
    least: usize,
    step: usize,
    one_standard_error: bool,
}

impl Validated {
    fn run<C: Classifier<Model: Importances + Persist>>(
        self,
        estimator: C,
        inputs: &Inputs,
        settings: &Settings,
        report: &mut Report,
    ) -> Outcome<()> {
        settings.finish("rfecv")?;
        let rfecv = Rfecv::new(estimator, self.metric)
            .min_features_to_select(self.least)
            .step(self.step)
            .one_standard_error(self.one_standard_error);
        let model = fit(|data| Ok(rfecv.fit(data)?), inputs, report)?;
        write_validation(model.validation(), report)
    }
}

pub(super) fn sequential(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let direction: String = settings.take("direction")?.unwrap_or_else(|| "forward".to_owned());
    let search = Rounds {
        metric: scoring(settings)?,
        direction: match direction.as_str() {
            "forward" => Direction::Forward,
            "backward" => Direction::Backward,
            _ => return Err(format!("--set direction={direction}: expected forward or backward").into()),
        },
        count: settings.take("n_features_to_select")?,
    };
    search!(search, inputs, settings, report)
}

struct Rounds {
    metric: ClassificationMetric,
    direction: Direction,
    count: Option<usize>,
}

impl Rounds {
    fn run<C: Classifier<Model: Persist>>(
        self,
        estimator: C,
        inputs: &Inputs,
        settings: &Settings,
        report: &mut Report,
    ) -> Outcome<()> {
        settings.finish("sequential")?;
        let mut selector = SequentialSelector::new(estimator, self.metric).direction(self.direction);
        if let Some(count) = self.count {
            selector = selector.n_features_to_select(count);
        }
        let model = fit(|data| Ok(selector.fit(data)?), inputs, report)?;
        write_validation(model.validation(), report)
    }
}

/// The metric that `scoring` names.
fn scoring(settings: &mut Settings) -> Outcome<ClassificationMetric> {
    let Some(name) = settings.take::<String>("scoring")? else { return Ok(ClassificationMetric::Accuracy) };
    let names = ClassificationMetric::USUAL.map(ClassificationMetric::name).join(", ");
    ClassificationMetric::USUAL
        .into_iter()
        .find(|metric| metric.name() == name)
        .ok_or_else(|| format!("--set scoring={name}: expected one of {names}").into())
}

fn fit<M>(
    fit: impl Fn(&Labeled<'_>) -> Outcome<SelectedModel<M>>,
    inputs: &Inputs,
    report: &mut Report,
) -> Outcome<SelectedModel<M>>
where
    SelectedModel<M>: Persist,
{
    let (data, test) = (inputs.labeled()?, inputs.test_samples()?);
    let model = report.time_fit(|| fit(&data))?;
    report.set("model_bytes", model.to_bytes()?.len());
    report.time_predict(|| Ok(model.selection().transform(&test)?))?;
    write_selection(model.selection(), report)?;
    Ok(model)
}

/// A row a round: number of columns, mean, standard error.
fn write_validation(points: &[ValidationPoint], report: &Report) -> Outcome<()> {
    let row = |i: usize| [points[i].n_features as f64, points[i].mean, points[i].standard_error];
    report.write("validation", &Array2::from_shape_fn((points.len(), 3), |(i, j)| row(i)[j]))
}
