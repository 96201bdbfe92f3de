//! Scalers: every real column is shifted and stretched by what was learnt of it; category columns pass unchanged.

mod min_max;
mod robust;
mod standard;

pub use min_max::{MinMaxScaler, MinMaxScalerModel};
pub use robust::{RobustScaler, RobustScalerModel};
pub use standard::{StandardScaler, StandardScalerModel};

/// A spread of (nearly) 0 would divide by 0: such a column is only shifted.
fn or_one(spread: f64) -> f64 {
    if spread < 10.0 * f64::EPSILON { 1.0 } else { spread }
}

fn check_scales(scales: &[f64]) -> crm_ml_core::Result<()> {
    match scales.iter().all(|s| *s != 0.0) {
        true => Ok(()),
        false => Err(crm_ml_core::Error::model_file("a scale is 0")),
    }
}
