//! The stages of the scorer: encode, select, boost. They are fitted together, in every fold anew.

use crm_ml_classifiers::{GradientBoostingClassifier, GradientBoostingClassifierModel};
use crm_ml_core::{Attributions, Progress, decode, encode};
use crm_ml_core::{
    Classes, Classifier, Error, Labeled, Model, Persist, Result, Samples, Transformer, TransformerModel,
    advance,
};
use crm_ml_explain::{FieldAttributions, SampledShapley, by_field};
use crm_ml_feature_selection::{Pca, PcaModel, Rfe, Selection};
use crm_ml_preprocessing::{Encoding, Scaling, TablePipeline, TablePipelineModel};
use crm_ml_table::Table;
use ndarray::Axis;
use serde::{Deserialize, Serialize};

/// Rows of training kept to explain scores under PCA.
const BACKGROUND: usize = 100;
/// Orders of the fields drawn for each lead that is explained under PCA.
const ORDERS: usize = 32;

/// How columns are reduced before boosting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SelectionMethod {
    /// All columns are kept.
    None,
    /// Recursive feature elimination by a small boosted model: keeps `share` of the columns (rounded up), dropping a tenth of them a round.
    Rfe {
        /// Above 0, at most 1.
        share: f64,
    },
    /// Principal components that hold `variance` of the variance; categories become one-hot columns first, and reasons are
    /// sampled, so approximate.
    Pca {
        /// Above 0, at most 1.
        variance: f64,
    },
}

impl SelectionMethod {
    /// Trees take categories and gaps as they are; components need real columns without gaps.
    fn pipeline(&self) -> TablePipeline {
        match self {
            Self::Pca { .. } => real_columns(),
            _ => native_columns(),
        }
    }

    fn fit(&self, data: &Labeled<'_>, seed: u64) -> Result<Selector> {
        match *self {
            Self::None => Ok(Selector::All),
            Self::Rfe { share } => {
                let judge = GradientBoostingClassifier::new().n_estimators(50).max_leaf_nodes(15).seed(seed);
                let kept = (share * data.samples().n_columns() as f64).ceil() as usize;
                let rfe = Rfe::new(judge).n_features_to_select(kept).step_share(0.1);
                Ok(Selector::Columns(rfe.fit(data)?.selection().clone()))
            }
            Self::Pca { variance } => {
                Ok(Selector::Components(Pca::new().variance_share(variance).fit(data.samples())?))
            }
        }
    }
}

/// The encoding for trees.
pub(crate) fn native_columns() -> TablePipeline {
    TablePipeline::new().encoding(Encoding::Native).impute(None).add_indicator(false)
}

/// The encoding for linear models and components.
pub(crate) fn real_columns() -> TablePipeline {
    TablePipeline::new().encoding(Encoding::OneHot).scaling(Scaling::Standard)
}

/// What the selection learnt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Selector {
    All,
    Columns(Selection),
    Components(PcaModel),
}

impl Selector {
    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        match self {
            Self::All => samples.with_features(samples.dense().to_owned(), samples.schema()),
            Self::Columns(selection) => selection.transform(samples),
            Self::Components(pca) => pca.transform(samples),
        }
    }
}

/// Parameters of the stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stages {
    pub(crate) selection: SelectionMethod,
    pub(crate) boosting: GradientBoostingClassifier,
    pub(crate) seed: u64,
}

/// The fitted stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FittedStages {
    pub(crate) pipeline: TablePipelineModel,
    pub(crate) selector: Selector,
    pub(crate) boosting: GradientBoostingClassifierModel,
    /// Encoded rows of training against which scores are explained; only under PCA.
    background: Option<ndarray::Array2<f64>>,
    seed: u64,
}

impl Stages {
    pub(crate) fn fit(
        &self,
        table: &Table,
        codes: &[u32],
        classes: &Classes,
        progress: &dyn Progress,
    ) -> Result<FittedStages> {
        let (pipeline, data) = self.selection.pipeline().fit_transform_labeled(table, codes, classes)?;
        advance(progress, "encoding", 1, 1)?;
        let selector = self.selection.fit(&data, self.seed)?;
        let selected = data.with_samples(selector.transform(data.samples())?)?;
        let boosting = self.boosting.clone().seed(self.seed).fit_with(&selected, progress)?;
        let background = matches!(selector, Selector::Components(_)).then(|| {
            let mut rows = crm_ml_core::Stream::new(self.seed, "lead-scoring/backgr", 0)
                .sample(data.n_rows(), BACKGROUND);
            rows.sort_unstable();
            data.samples().dense().select(Axis(0), &rows)
        });
        Ok(FittedStages { pipeline, selector, boosting, background, seed: self.seed })
    }
}

impl FittedStages {
    /// The log-odds of conversion of every row, before calibration.
    pub(crate) fn margins(&self, encoded: &Samples<'_>) -> Result<Vec<f64>> {
        let margins = self.boosting.decision_function(&self.selector.transform(encoded)?)?;
        Ok(margins.column(0).to_vec())
    }

    /// The shares of the raw fields in the margins.
    pub(crate) fn attributions(&self, encoded: &Samples<'_>) -> Result<FieldAttributions> {
        match &self.background {
            None => {
                let selected = self.selector.transform(encoded)?;
                let contributions = self.boosting.contributions(&selected)?;
                by_field(contributions.index_axis(Axis(2), 0), selected.schema())
            }
            Some(background) => {
                let background = Samples::new(background)?.with_schema(encoded.schema())?;
                let shapley = SampledShapley::new(ORDERS).seed(self.seed);
                shapley.explain(encoded, &background, |rows| self.margins(rows))
            }
        }
    }

    /// The columns that boosting uses, `None` for components.
    pub(crate) fn dropped_columns(&self) -> Vec<String> {
        let Selector::Columns(selection) = &self.selector else { return Vec::new() };
        let names = self.pipeline.output_schema().columns().iter();
        names
            .zip(selection.support())
            .filter(|(_, kept)| !kept)
            .map(|(column, _)| column.name.clone())
            .collect()
    }
}

impl Persist for FittedStages {
    const KIND: &'static str = "lead-scoring-stages";

    fn write_payload(&self) -> Result<Vec<u8>> {
        let selector = match &self.selector {
            Selector::All => (0u8, Vec::new()),
            Selector::Columns(selection) => (1, selection.to_bytes()?),
            Selector::Components(pca) => (2, pca.to_bytes()?),
        };
        encode(&(self.pipeline.to_bytes()?, selector, self.boosting.to_bytes()?, &self.background, self.seed))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        type Parts = (Vec<u8>, (u8, Vec<u8>), Vec<u8>, Option<ndarray::Array2<f64>>, u64);
        if version != Self::VERSION {
            return Err(crm_ml_core::unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (pipeline, (kind, selector), boosting, background, seed): Parts = decode(payload)?;
        let selector = match kind {
            0 => Selector::All,
            1 => Selector::Columns(Selection::from_bytes(&selector)?),
            2 => Selector::Components(PcaModel::from_bytes(&selector)?),
            _ => return Err(Error::model_file("an unknown kind of selection")),
        };
        Ok(Self {
            pipeline: TablePipelineModel::from_bytes(&pipeline)?,
            selector,
            boosting: GradientBoostingClassifierModel::from_bytes(&boosting)?,
            background,
            seed,
        })
    }

    fn validate(&self) -> Result<()> {
        let encoded = self.pipeline.output_schema();
        let (input, output) = match &self.selector {
            Selector::All => (encoded, encoded),
            Selector::Columns(selection) => (selection.schema(), selection.output_schema()),
            Selector::Components(pca) => (pca.schema(), pca.output_schema()),
        };
        let components = matches!(self.selector, Selector::Components(_));
        let background = match &self.background {
            None => !components,
            Some(rows) => {
                components
                    && rows.ncols() == encoded.width()
                    && rows.nrows() > 0
                    && rows.iter().all(|v| v.is_finite())
            }
        };
        let fits = input == encoded && output == self.boosting.schema() && background;
        if fits { Ok(()) } else { Err(Error::model_file("the stages of the scorer do not fit together")) }
    }
}
