//! Linear models: least squares with and without penalties, and generalised linear models.

mod cv;
mod glm;
mod least_squares;
mod model;
mod penalised;
mod plan;

pub use cv::{ElasticNetCv, LassoCv, LinearCvModel, PathPoint};
pub use glm::{GammaRegressor, PoissonRegressor, TweedieRegressor};
pub use least_squares::{LinearRegression, Ridge};
pub use model::LinearModel;
pub use penalised::{ElasticNet, Lasso};
