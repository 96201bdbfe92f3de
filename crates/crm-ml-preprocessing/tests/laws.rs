//! The laws of the project for every transformer of this crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod coded;

use coded::Coded;
use crm_ml_preprocessing::{
    FrequencyEncoder, MinMaxScaler, OneHotEncoder, OrdinalEncoder, QuantileClipper, RobustScaler,
    SimpleImputer, Smooth, StandardScaler, Strategy, TargetEncoder,
};
use crm_ml_testkit::{AsTransformer, Laws, laws};

// Columns in another order give outputs in another order, so that no transformer promises `column_order`.

laws!(
    standard_scaler,
    Laws::new(AsTransformer(StandardScaler::new())).missing_accepted().column_order_matters().no_parameters()
);

laws!(
    min_max_scaler,
    Laws::new(AsTransformer(MinMaxScaler::new().clip(true)))
        .missing_accepted()
        .column_order_matters()
        .bad("feature_range", |e| AsTransformer(e.0.feature_range(1.0, 1.0)))
        .bad("feature_range.high", |e| AsTransformer(e.0.feature_range(0.0, f64::INFINITY)))
        .bad("feature_range.low", |e| AsTransformer(e.0.feature_range(f64::NAN, 1.0)))
);

laws!(
    robust_scaler,
    Laws::new(AsTransformer(RobustScaler::new()))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("quantile_range", |e| AsTransformer(e.0.quantile_range(75.0, 25.0)))
        .bad("quantile_range.low", |e| AsTransformer(e.0.quantile_range(-1.0, 25.0)))
        .bad("quantile_range.high", |e| AsTransformer(e.0.quantile_range(25.0, f64::NAN)))
);

laws!(
    quantile_clipper,
    Laws::new(AsTransformer(QuantileClipper::new(0.05, 0.9)))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("lower", |_| AsTransformer(QuantileClipper::new(f64::NAN, 0.5)))
        .bad("upper", |_| AsTransformer(QuantileClipper::new(0.5, 1.5)))
        .bad("lower to upper", |_| AsTransformer(QuantileClipper::new(0.5, 0.5)))
);

laws!(
    mean_imputer,
    Laws::new(AsTransformer(SimpleImputer::new()))
        .missing_accepted()
        .column_order_matters()
        .bad("strategy.constant", |e| AsTransformer(e.0.strategy(Strategy::Constant(f64::NAN))))
);

laws!(
    flagging_median_imputer,
    Laws::new(AsTransformer(SimpleImputer::new().strategy(Strategy::Median).add_indicator(true)))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("strategy.constant", |e| AsTransformer(e.0.strategy(Strategy::Constant(f64::INFINITY))))
);

laws!(
    one_hot_encoder,
    Laws::new(Coded(OneHotEncoder::new().max_categories(3)))
        .missing_accepted()
        .column_order_matters()
        .bad("min_frequency", |e| Coded(e.0.min_frequency(f64::NAN)))
        .bad("max_categories", |e| Coded(e.0.max_categories(0)))
);

laws!(
    ordinal_encoder,
    Laws::new(Coded(OrdinalEncoder::new().min_frequency(0.2)))
        .missing_accepted()
        .column_order_matters()
        .bad("min_frequency", |e| Coded(e.0.min_frequency(0.0)))
        .bad("max_categories", |e| Coded(e.0.max_categories(0)))
        .bad("encoded_missing_value", |e| Coded(e.0.encoded_missing_value(f64::NAN)))
);

laws!(
    target_encoder,
    Laws::new(Coded(TargetEncoder::new()))
        .missing_accepted()
        .weight_scale_matters()
        .column_order_matters()
        .bad("cv", |e| Coded(e.0.cv(1)))
        .bad("smooth", |e| Coded(e.0.smooth(Smooth::Weight(-1.0))))
);

laws!(
    frequency_encoder,
    Laws::new(Coded(FrequencyEncoder::new())).missing_accepted().column_order_matters().no_parameters()
);
