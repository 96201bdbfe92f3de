//! Pieces of the rows give what all rows give, to the bit.

use crm_ml_core::{MergeableState, Persist, Samples, StreamingTransformer};
use crm_ml_preprocessing::*;
use crm_ml_testkit::merge_laws;

fn real(samples: Samples<'_>) -> Samples<'static> {
    let rows: Vec<usize> = (0..samples.n_rows()).collect();
    samples.select_rows(&rows)
}

fn categories(samples: Samples<'_>) -> Samples<'static> {
    crate::coded::coded(&samples).unwrap()
}

#[test]
fn scalers() {
    merge_laws(&StandardScaler::new(), real);
    merge_laws(&MinMaxScaler::new().clip(true), real);
    merge_laws(&MaxAbsScaler::new(), real);
    merge_laws(&RobustScaler::new(), real);
    merge_laws(&QuantileClipper::new(0.05, 0.9), real);
}

#[test]
fn imputers() {
    for strategy in [Strategy::Mean, Strategy::Median, Strategy::MostFrequent, Strategy::Constant(2.0)] {
        merge_laws(&SimpleImputer::new().strategy(strategy).add_indicator(true), real);
    }
    merge_laws(&SimpleImputer::new().strategy(Strategy::MostFrequent), categories);
}

#[test]
fn a_state_of_another_strategy_is_refused() {
    let x = ndarray::array![[1.0], [f64::NAN], [4.0]];
    let samples = Samples::new(&x).unwrap();
    let state = |strategy| {
        let mut state = SimpleImputer::new().strategy(strategy).state().unwrap();
        state.partial_fit(&samples).unwrap();
        serde_json::to_value(&state).unwrap()
    };
    let strategies = [Strategy::Mean, Strategy::Median, Strategy::MostFrequent, Strategy::Constant(2.0)];
    let others = strategies.into_iter().chain([Strategy::Constant(3.0)]);
    for (i, own) in others.map(state).enumerate() {
        for (j, other) in strategies.map(state).into_iter().enumerate() {
            let mut edited = own.clone();
            edited["params"] = other["params"].clone();
            let edited: SimpleImputerState = serde_json::from_value(edited).unwrap();
            assert_eq!(edited.validate().is_ok(), i == j, "{i} {j}");
        }
    }
}

#[test]
fn encoders() {
    merge_laws(&OneHotEncoder::new().min_frequency(0.1), categories);
    merge_laws(&OrdinalEncoder::new().max_categories(3), categories);
    merge_laws(&FrequencyEncoder::new(), categories);
    merge_laws(&RareLevelGrouper::new().min_frequency(0.2), categories);
}
