//! The layout of XGBoost's JSON files.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// Parent of a root.
pub(super) const NO_PARENT: i32 = i32::MAX;
/// Child of a leaf.
pub(super) const NO_CHILD: i32 = -1;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) learner: Learner,
    #[serde(default)]
    pub(super) version: Vec<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Learner {
    /// XGBoost wants it, with whatever it holds.
    #[serde(default, skip_deserializing)]
    pub(super) attributes: Nothing,
    #[serde(default)]
    pub(super) feature_names: Vec<String>,
    #[serde(default)]
    pub(super) feature_types: Vec<String>,
    pub(super) gradient_booster: GradientBooster,
    pub(super) learner_model_param: LearnerParameters,
    pub(super) objective: ObjectiveFile,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Nothing {}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GradientBooster {
    pub(super) name: String,
    /// Boosters other than `gbtree` have it elsewhere.
    #[serde(default)]
    pub(super) model: TreeModel,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TreeModel {
    pub(super) gbtree_model_param: BoosterParameters,
    /// Where each round's trees begin, and the end.
    #[serde(skip_deserializing)]
    pub(super) iteration_indptr: Vec<usize>,
    pub(super) tree_info: Vec<i32>,
    pub(super) trees: Vec<TreeFile>,
    #[serde(skip_serializing)]
    pub(super) cats: Option<Categories>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct BoosterParameters {
    pub(super) num_parallel_tree: Text,
    pub(super) num_trees: Text,
    pub(super) size_leaf_vector: Text,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LearnerParameters {
    pub(super) base_score: Text,
    #[serde(default)]
    pub(super) num_class: Text,
    pub(super) num_feature: Text,
    #[serde(default)]
    pub(super) num_target: Text,
}

/// The objective; of its parameters those that matter to read, all that XGBoost wants to be written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ObjectiveFile {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quantile_loss_param: Option<QuantileParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pseudo_huber_param: Option<HuberParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tweedie_regression_param: Option<TweedieParameters>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(super) reg_loss_param: Option<LossParameters>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(super) poisson_regression_param: Option<PoissonParameters>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(super) softmax_multiclass_param: Option<SoftmaxParameters>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct QuantileParameters {
    pub(super) quantile_alpha: Text,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HuberParameters {
    pub(super) huber_slope: Text,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TweedieParameters {
    pub(super) tweedie_variance_power: Text,
}

#[derive(Debug, Serialize)]
pub(super) struct LossParameters {
    pub(super) scale_pos_weight: Text,
}

#[derive(Debug, Serialize)]
pub(super) struct PoissonParameters {
    pub(super) max_delta_step: Text,
}

#[derive(Debug, Serialize)]
pub(super) struct SoftmaxParameters {
    pub(super) num_class: Text,
}

/// Names of the levels, from XGBoost 3 on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Categories {
    pub(super) enc: Vec<Levels>,
}

/// The levels of a column: strings cut out of their bytes, or numbers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Levels {
    pub(super) offsets: Option<Vec<usize>>,
    pub(super) values: Vec<f64>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TreeFile {
    pub(super) base_weights: Vec<f32>,
    pub(super) categories: Vec<u32>,
    pub(super) categories_nodes: Vec<usize>,
    pub(super) categories_segments: Vec<usize>,
    pub(super) categories_sizes: Vec<usize>,
    pub(super) default_left: Vec<Flag>,
    pub(super) id: u32,
    pub(super) left_children: Vec<i32>,
    pub(super) loss_changes: Vec<f32>,
    pub(super) parents: Vec<i32>,
    pub(super) right_children: Vec<i32>,
    pub(super) split_conditions: Vec<f32>,
    pub(super) split_indices: Vec<u32>,
    pub(super) split_type: Vec<u8>,
    pub(super) sum_hessian: Vec<f32>,
    pub(super) tree_param: TreeParameters,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TreeParameters {
    pub(super) num_deleted: Text,
    pub(super) num_feature: Text,
    pub(super) num_nodes: Text,
    pub(super) size_leaf_vector: Text,
}

/// A parameter: XGBoost writes numbers as text.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Text(pub(super) String);

impl<T: ToString> From<T> for Text {
    fn from(value: T) -> Self {
        Self(value.to_string())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl Visitor<'_> for Any {
            type Value = Text;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or a number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(text.into())
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Text, E> {
                Ok(number.into())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Text, E> {
                Ok(number.into())
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Text, E> {
                Ok(number.into())
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// Yes or no: 0 and 1, in old files true and false.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Flag(pub(super) bool);

impl Serialize for Flag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(u8::from(self.0))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl Visitor<'_> for Any {
            type Value = Flag;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("0, 1, true or false")
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }

            fn visit_u64<E: de::Error>(self, flag: u64) -> Result<Flag, E> {
                Ok(Flag(flag != 0))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
