//! The laws of the project for every transformer of this crate.

use crate::coded::{Coded, Supervised};
use crate::gappy::Gappy;
use crm_ml_preprocessing::*;
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

laws!(
    max_abs_scaler,
    Laws::new(AsTransformer(MaxAbsScaler::new())).missing_accepted().column_order_matters().no_parameters()
);

laws!(
    normalizer,
    Laws::new(AsTransformer(Normalizer::new().norm(Norm::L1))).column_order_matters().no_parameters()
);

laws!(
    yeo_johnson,
    Laws::new(AsTransformer(PowerTransformer::new()))
        .missing_accepted()
        .column_order_matters()
        .no_parameters()
);

laws!(
    quantile_transformer,
    Laws::new(AsTransformer(QuantileTransformer::new().n_quantiles(20)))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("n_quantiles", |e| AsTransformer(e.0.n_quantiles(0)))
        .bad("subsample", |e| AsTransformer(e.0.subsample(19)))
);

laws!(
    normal_quantile_transformer,
    Laws::new(AsTransformer(
        QuantileTransformer::new().n_quantiles(50).output_distribution(OutputDistribution::Normal)
    ))
    .missing_accepted()
    .column_order_matters()
    .weight_scale_matters()
    .bad("n_quantiles", |e| AsTransformer(e.0.n_quantiles(usize::MAX)))
);

laws!(
    quantile_bins,
    Laws::new(AsTransformer(KBinsDiscretizer::new(4)))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("n_bins", |_| AsTransformer(KBinsDiscretizer::new(1)))
);

laws!(
    k_means_bins,
    Laws::new(AsTransformer(
        KBinsDiscretizer::new(3).strategy(BinStrategy::KMeans).encode(BinEncode::Ordinal)
    ))
    .missing_accepted()
    .column_order_matters()
    .bad("n_bins", |_| AsTransformer(KBinsDiscretizer::new(usize::MAX)))
);

laws!(
    uniform_bins,
    Laws::new(AsTransformer(
        KBinsDiscretizer::new(3).strategy(BinStrategy::Uniform).encode(BinEncode::Category)
    ))
    .missing_accepted()
    .column_order_matters()
    .bad("n_bins", |_| AsTransformer(KBinsDiscretizer::new(0)))
);

laws!(
    supervised_binner,
    Laws::new(Supervised(SupervisedBinner::new().min_share(0.1)))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("max_bins", |e| Supervised(e.0.max_bins(0)))
        .bad("n_prebins", |e| Supervised(e.0.n_prebins(1)))
        .bad("min_share", |e| Supervised(e.0.min_share(f64::NAN)))
);

laws!(
    weight_of_evidence,
    Laws::new(Coded(WeightOfEvidence::new()))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("smoothing", |e| Coded(e.0.smoothing(-1.0)))
        .bad("cv", |e| Coded(e.0.cv(0)))
);

laws!(
    weight_of_evidence_of_numbers,
    Laws::new(Supervised(WeightOfEvidence::new()))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("smoothing", |e| Supervised(e.0.smoothing(f64::INFINITY)))
        .bad("max_bins", |e| Supervised(e.0.binner(SupervisedBinner::new().max_bins(65))))
);

laws!(
    rare_level_grouper,
    Laws::new(Coded(RareLevelGrouper::new().min_frequency(0.2)))
        .missing_accepted()
        .column_order_matters()
        .bad("min_frequency", |e| Coded(e.0.min_frequency(-0.1)))
        .bad("max_categories", |e| Coded(e.0.max_categories(0)))
);

laws!(
    feature_hasher,
    Laws::new(Coded(FeatureHasher::new(3)))
        .missing_accepted()
        .column_order_matters()
        .bad("n_features", |_| Coded(FeatureHasher::new(0)))
);

laws!(
    missing_indicator,
    Laws::new(AsTransformer(MissingIndicator::new().features(IndicatorFeatures::All)))
        .missing_accepted()
        .column_order_matters()
        .no_parameters()
);

laws!(
    knn_imputer,
    Laws::new(AsTransformer(KnnImputer::new().weights(NeighborWeights::Distance).add_indicator(true)))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("n_neighbors", |e| AsTransformer(e.0.n_neighbors(0)))
);

laws!(
    polynomial_features,
    Laws::new(AsTransformer(PolynomialFeatures::new(3)))
        .missing_accepted()
        .column_order_matters()
        .bad("degree", |_| AsTransformer(PolynomialFeatures::new(65)))
);

laws!(
    outlier_clipper,
    Laws::new(AsTransformer(OutlierClipper::new(OutlierRule::Mad(2.0))))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("rule.mad", |_| AsTransformer(OutlierClipper::new(OutlierRule::Mad(0.0))))
        .bad("rule.iqr", |_| AsTransformer(OutlierClipper::new(OutlierRule::Iqr(f64::NAN))))
        .bad("rule.quantile", |_| AsTransformer(OutlierClipper::new(OutlierRule::Quantile(0.5, 0.5))))
        .bad("rule.upper", |_| AsTransformer(OutlierClipper::new(OutlierRule::Quantile(0.5, 2.0))))
);

laws!(
    outlier_flags,
    Laws::new(AsTransformer(OutlierClipper::new(OutlierRule::Iqr(1.0)).action(OutlierAction::Flag)))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("rule.iqr", |_| AsTransformer(OutlierClipper::new(OutlierRule::Iqr(-1.0))))
);

laws!(
    iterative_imputer,
    Laws::new(Gappy(IterativeImputer::new().add_indicator(true)))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("max_iter", |e| Gappy(e.0.max_iter(usize::MAX)))
        .bad("tol", |e| Gappy(e.0.tol(-1.0)))
        .bad("n_nearest_features", |e| Gappy(e.0.n_nearest_features(0)))
        .bad("min_value", |e| Gappy(e.0.min_value(f64::NAN)))
        .bad("max_value", |e| Gappy(e.0.max_value(vec![f64::NAN; 4])))
        .bad("estimator.alpha", |e| Gappy(e.0.estimator(ImputerEstimator::Ridge(f64::NAN))))
        .bad("initial_strategy.constant", |e| Gappy(e.0.initial_strategy(Strategy::Constant(f64::INFINITY))))
);

laws!(
    iterative_imputer_by_ridge,
    Laws::new(Gappy(IterativeImputer::new().estimator(ImputerEstimator::Ridge(0.0)).skip_complete(true)))
        .missing_accepted()
        .column_order_matters()
        .bad("estimator.alpha", |e| Gappy(e.0.estimator(ImputerEstimator::Ridge(-1.0))))
);

laws!(
    drawing_imputer,
    Laws::new(Gappy(IterativeImputer::new().sample_posterior(true).max_iter(2).min_value(-2.0)))
        .missing_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("sample_posterior", |e| Gappy(e.0.estimator(ImputerEstimator::Ridge(1.0))))
);

laws!(
    imputer_of_drawn_columns,
    Laws::new(Gappy(
        IterativeImputer::new().n_nearest_features(2).imputation_order(ImputationOrder::Random).max_iter(3)
    ))
    .missing_accepted()
    .random(|e, seed| Gappy(e.0.clone().seed(seed)))
    .weight_scale_matters()
    .bad("tol", |e| Gappy(e.0.tol(f64::INFINITY)))
);
