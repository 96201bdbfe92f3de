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

// It has no parameter that could be out of range, so the one law about those is left out.
mod standard_scaler {
    use super::*;

    laws!(@tests Laws::new(AsTransformer(StandardScaler::new())).missing_accepted().column_order_matters();
        default_params_fit params_round_trip one_row_one_column missing_policy single_class wrong_width_is_refused
        renamed_columns_are_refused layouts_give_the_same_bits row_order batch_equals_row_by_row zero_weight_is_absent
        whole_weights_repeat weight_scale constant_and_duplicate_columns extreme_magnitudes fit_twice thread_counts
        valid_output save_and_load truncated_files flipped_bits no_panic_search shared_between_threads);
}

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

// No parameter of it could be out of range either.
mod frequency_encoder {
    use super::*;

    laws!(@tests Laws::new(Coded(FrequencyEncoder::new())).missing_accepted().column_order_matters();
        default_params_fit params_round_trip one_row_one_column missing_policy single_class wrong_width_is_refused
        renamed_columns_are_refused layouts_give_the_same_bits row_order batch_equals_row_by_row zero_weight_is_absent
        whole_weights_repeat weight_scale constant_and_duplicate_columns extreme_magnitudes fit_twice thread_counts
        valid_output save_and_load truncated_files flipped_bits no_panic_search shared_between_threads);
}
