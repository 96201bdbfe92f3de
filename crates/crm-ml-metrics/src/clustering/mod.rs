//! Metrics of clusterings.

mod agreement;
mod centers;
mod groups;
mod information;
mod pairs;
mod silhouette;
#[cfg(test)]
mod tests;

pub use agreement::{adjusted_rand_score, fowlkes_mallows_score, rand_score};
pub use centers::{calinski_harabasz_score, davies_bouldin_score};
pub use information::{
    VMeasure, adjusted_mutual_info_score, mutual_info_score, normalized_mutual_info_score, v_measure,
};
pub use silhouette::{silhouette_samples, silhouette_score, silhouette_score_sampled};
