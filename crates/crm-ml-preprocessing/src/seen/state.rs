//! The face of a state.

/// Makes a transformer that learns from statistics of its columns: `fit` of all rows, and the state that takes pieces.
///
/// The parameters have `check`, `statistic` (where a column starts from) and `model` (what follows from what was seen).
macro_rules! mergeable {
    ($params:ident, $state:ident, $model:ident, $statistic:ty, $kind:literal, $task:literal) => {
        #[doc = concat!("What a [`", stringify!($params), "`] has seen: the same model however the rows are cut into pieces.")]
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $state {
            params: $params,
            seen: crate::seen::Seen<$statistic>,
        }

        impl crm_ml_core::MergeableState for $state {
            type Model = $model;

            fn partial_fit(&mut self, samples: &crm_ml_core::Samples<'_>) -> crm_ml_core::Result<()> {
                self.seen.partial_fit(samples, |column| self.params.statistic(column))
            }

            fn merge(&mut self, other: &Self) -> crm_ml_core::Result<()> {
                if self.params != other.params {
                    return Err(crm_ml_core::Error::unsupported(
                        "the states have other parameters: they cannot be merged",
                    ));
                }
                self.seen.merge(&other.seen)
            }

            fn finish(&self) -> crm_ml_core::Result<$model> {
                let (schema, columns) = self.seen.finish()?;
                self.params.model(schema, columns)
            }
        }

        impl crm_ml_core::Persist for $state {
            const KIND: &'static str = concat!($kind, "-state");

            fn validate(&self) -> crm_ml_core::Result<()> {
                self.params.check()?;
                self.seen.validate(|column| self.params.statistic(column))
            }
        }

        impl crm_ml_core::StreamingTransformer for $params {
            type State = $state;

            fn state(&self) -> crm_ml_core::Result<$state> {
                self.check()?;
                Ok($state { params: self.clone(), seen: crate::seen::Seen::default() })
            }
        }

        impl crm_ml_core::Transformer for $params {
            type Model = $model;

            fn fit_with(
                &self,
                samples: &crm_ml_core::Samples<'_>,
                progress: &dyn crm_ml_core::Progress,
            ) -> crm_ml_core::Result<$model> {
                use crm_ml_core::{MergeableState, StreamingTransformer};
                let mut state = self.state()?;
                state.partial_fit(samples)?;
                let model = state.finish()?;
                crm_ml_core::advance(progress, $task, 1, 1)?;
                Ok(model)
            }
        }
    };
}
pub(crate) use mergeable;
