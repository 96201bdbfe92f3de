//! The laws of states that merge: pieces give what the whole gives, to the bit.

use std::fmt::Debug;

use crm_ml_core::{ErrorKind, MergeableState, Persist, Samples, Stream, StreamingTransformer, reseal};
use ndarray::Array2;

use crate::checks::files::flip;
use crate::toy::{toy, whole_weights};

/// Merging is associative and commutative, the empty state is its identity, and rows taken in at once, piece after piece or
/// by states apart, in any order, give the same bytes as `fit`: without weights, with whole ones and with others.
///
/// `prepare` makes the toy data what the transformer takes, row by row.
pub fn merge_laws<T>(transformer: &T, prepare: impl Fn(Samples<'_>) -> Samples<'static>)
where
    T: StreamingTransformer,
    T::Model: Persist,
    T::State: Persist + PartialEq + Debug,
{
    let rows = 500;
    let mut x = toy(rows, 2, 11).x;
    spoil(&mut x);
    let plain = Samples::new(&x).expect("finite data makes samples");
    let mut stream = Stream::new(9, "testkit/merge", 0);
    let odd: Vec<f64> = (0..rows).map(|_| stream.uniform() + 1e-3).collect();
    let whole = whole_weights(rows, 3);
    let weighted = |weights: &[f64]| plain.clone().with_weights(weights).expect("valid weights");
    for samples in [prepare(plain.clone()), prepare(weighted(&whole)), prepare(weighted(&odd))] {
        pieces_equal_the_whole(transformer, &samples);
    }
    refusals(transformer, &prepare(plain));
}

/// Gaps, ties and values of very different size: what sums of floats are bad at.
fn spoil(x: &mut Array2<f64>) {
    for (row, mut cells) in x.rows_mut().into_iter().enumerate() {
        if row % 7 == 0 {
            cells[row % 4] = f64::NAN;
        }
        match row % 50 {
            3 => cells[0] *= 1e17,
            4 => cells[0] *= -1e17,
            5 => cells[1] *= 1e-200,
            _ => {}
        }
    }
}

fn pieces_equal_the_whole<T>(transformer: &T, samples: &Samples<'_>)
where
    T: StreamingTransformer,
    T::Model: Persist,
    T::State: Persist + PartialEq + Debug,
{
    let bytes = |state: &T::State| {
        let model = state.finish().expect("rows were seen");
        model.to_bytes().expect("a model can be saved")
    };
    let expected = transformer.fit(samples).expect("the data fits").to_bytes().expect("a model can be saved");
    let of = |rows: &[usize]| {
        let mut state = transformer.state().expect("the parameters are sound");
        state.partial_fit(&samples.select_rows(rows)).expect("a piece is taken in");
        state
    };
    let merged = |a: &T::State, b: &T::State| {
        let mut both = a.clone();
        both.merge(b).expect("states of the same columns merge");
        both
    };
    let order = Stream::new(2, "testkit/merge", 1).permutation(samples.n_rows());
    for size in [1, 13, 170, order.len()] {
        let states: Vec<T::State> = order.chunks(size).map(of).collect();
        let forwards = states.iter().skip(1).fold(states[0].clone(), |all, piece| merged(&all, piece));
        let backwards =
            states.iter().rev().fold(transformer.state().unwrap(), |all, piece| merged(piece, &all));
        assert!(bytes(&forwards) == expected, "pieces of {size} rows gave another model");
        assert!(bytes(&backwards) == expected, "merging backwards gave another model");
        let mut one = transformer.state().unwrap();
        for piece in order.chunks(size) {
            one.partial_fit(&samples.select_rows(piece)).expect("a piece is taken in");
        }
        assert!(bytes(&one) == expected, "piece after piece gave another model");
        assert_eq!(one, forwards, "the states differ");
    }
    let third = order.len() / 3;
    let (a, b, c) = (of(&order[..third]), of(&order[third..2 * third]), of(&order[2 * third..]));
    assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)), "associative");
    assert_eq!(merged(&a, &b), merged(&b, &a), "commutative");
    let empty = transformer.state().unwrap();
    assert_eq!(merged(&a, &empty), a, "identity");
    assert_eq!(merged(&empty, &a), a, "identity");
    let file = a.to_bytes().expect("a state can be saved");
    assert_eq!(T::State::from_bytes(&file).expect("a state can be loaded"), a, "saved and loaded");
    flip(&of(&order[..5]).to_bytes().unwrap(), |damaged| {
        reseal(damaged);
        if let Ok(state) = T::State::from_bytes(damaged) {
            let _ = state.finish();
            let mut both = state.clone();
            let _ = both.merge(&state);
        }
    });
}

fn refusals<T>(transformer: &T, samples: &Samples<'_>)
where
    T: StreamingTransformer,
{
    let mut state = transformer.state().expect("the parameters are sound");
    match state.finish().err().as_ref().map(|error| error.kind()) {
        Some(ErrorKind::Empty { dimension: "rows" }) => {}
        other => panic!("no row was seen, and finishing gave {other:?}"),
    }
    state.partial_fit(samples).expect("rows are taken in");
    let narrow = samples.select_columns(&[0, 1]);
    state.partial_fit(&narrow).expect_err("other columns were taken in");
    let mut other = transformer.state().unwrap();
    other.partial_fit(&narrow).expect("two columns are taken in");
    state.merge(&other).expect_err("states of other columns were merged");
}
