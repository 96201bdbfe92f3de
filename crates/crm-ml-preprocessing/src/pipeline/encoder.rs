//! The encoder behind the recipes.

use crm_ml_core::{
    Classes, Error, Labeled, Persist, Result, Samples, Schema, Targeted, Transformer, TransformerModel,
};
use serde::{Deserialize, Serialize};

use super::{Encoding, TablePipeline};
use crate::{
    FrequencyEncoder, FrequencyEncoderModel, OneHotEncoder, OneHotEncoderModel, OrdinalEncoder,
    OrdinalEncoderModel, TargetEncoder, TargetEncoderModel, Unseen, WeightOfEvidence, WeightOfEvidenceModel,
};

/// What missing categories become under ordinal encoding, where gaps are filled.
const MISSING_ORDINAL: f64 = -2.0;

/// What there is to learn from beside the features.
pub(super) enum Goal<'a> {
    None,
    Classes(&'a [u32], &'a Classes),
    Values(&'a [f64]),
}

/// The fitted encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Encoder {
    Native(Schema),
    OneHot(OneHotEncoderModel),
    Ordinal(OrdinalEncoderModel),
    Frequency(FrequencyEncoderModel),
    Target(TargetEncoderModel),
    Evidence(WeightOfEvidenceModel),
}

/// Learns the encoder and encodes the rows of training.
pub(super) fn learn(
    params: &TablePipeline,
    native: Samples<'static>,
    goal: &Goal<'_>,
) -> Result<(Encoder, Samples<'static>)> {
    // Rare and unseen levels are settled by the recipes; what reaches the encoders as unseen is to be ignored.
    let unseen = Unseen::Ignore;
    let encoder = match params.encoding {
        Encoding::Native => return Ok((Encoder::Native(native.schema().clone()), native)),
        Encoding::OneHot => Encoder::OneHot(OneHotEncoder::new().handle_unknown(unseen).fit(&native)?),
        Encoding::Ordinal => {
            let missing = params.fills_gaps().then_some(MISSING_ORDINAL);
            let ordinal = OrdinalEncoder::new().handle_unknown(unseen).encoded_missing_value(missing);
            Encoder::Ordinal(ordinal.fit(&native)?)
        }
        Encoding::Frequency => {
            Encoder::Frequency(FrequencyEncoder::new().handle_unknown(unseen).fit(&native)?)
        }
        Encoding::Target => {
            let target = TargetEncoder::new()
                .smooth(params.smooth)
                .cv(params.cv)
                .seed(params.seed)
                .handle_unknown(unseen);
            return match goal {
                Goal::None => Err(needs_labels("target encoding")),
                Goal::Classes(codes, classes) => {
                    let data = Labeled::from_codes(native, codes, classes)?;
                    let (model, encoded) = target.fit_transform(&data)?;
                    Ok((Encoder::Target(model), encoded.samples().clone()))
                }
                Goal::Values(values) => {
                    let data = Targeted::new(native, *values)?;
                    let (model, encoded) = target.fit_transform_targeted(&data)?;
                    Ok((Encoder::Target(model), encoded.samples().clone()))
                }
            };
        }
        Encoding::WeightOfEvidence => {
            let evidence = WeightOfEvidence::new().numbers(false).cv(params.cv).seed(params.seed);
            return match goal {
                Goal::Classes(codes, classes) => {
                    let data = Labeled::from_codes(native, codes, classes)?;
                    let (model, encoded) = evidence.fit_transform(&data)?;
                    Ok((Encoder::Evidence(model), encoded.samples().clone()))
                }
                _ => Err(needs_labels("weight of evidence, of two classes,")),
            };
        }
    };
    let samples = encoder.transform(native)?;
    Ok((encoder, samples))
}

pub(super) fn needs_labels(what: &str) -> Error {
    Error::unsupported(format!(
        "{what} learns from labels: fit with fit_transform_labeled, -_targeted or -_target"
    ))
}

impl Encoder {
    pub(super) fn input_schema(&self) -> &Schema {
        use crm_ml_core::Model;
        match self {
            Self::Native(schema) => schema,
            Self::OneHot(model) => model.schema(),
            Self::Ordinal(model) => model.schema(),
            Self::Frequency(model) => model.schema(),
            Self::Target(model) => model.schema(),
            Self::Evidence(model) => model.schema(),
        }
    }

    pub(super) fn output_schema(&self) -> &Schema {
        match self {
            Self::Native(schema) => schema,
            Self::OneHot(model) => model.output_schema(),
            Self::Ordinal(model) => model.output_schema(),
            Self::Frequency(model) => model.output_schema(),
            Self::Target(model) => model.output_schema(),
            Self::Evidence(model) => model.output_schema(),
        }
    }

    pub(super) fn transform(&self, native: Samples<'static>) -> Result<Samples<'static>> {
        match self {
            Self::Native(_) => Ok(native),
            Self::OneHot(model) => model.transform(&native),
            Self::Ordinal(model) => model.transform(&native),
            Self::Frequency(model) => model.transform(&native),
            Self::Target(model) => model.transform(&native),
            Self::Evidence(model) => model.transform(&native),
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        match self {
            Self::Native(_) => Ok(()),
            Self::OneHot(model) => model.validate(),
            Self::Ordinal(model) => model.validate(),
            Self::Frequency(model) => model.validate(),
            Self::Target(model) => model.validate(),
            Self::Evidence(model) => model.validate(),
        }
    }
}
