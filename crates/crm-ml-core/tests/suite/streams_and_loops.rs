//! Random streams are stable, parallel sums do not depend on the number of threads, fits can be cancelled.

use std::ops::ControlFlow;

use crm_ml_core::{ErrorKind, Progress, Step, Stream, advance, parallel};

/// These numbers must never change: models of released versions depend on them.
#[test]
fn streams_are_stable() {
    let mut stream = Stream::new(42, "test", 7);
    let bits: Vec<u64> = (0..3).map(|_| stream.bits()).collect();
    assert_eq!(bits, BITS, "{bits:?}");
    let mut stream = Stream::new(42, "test", 7);
    let order = stream.permutation(8);
    assert_eq!(order, ORDER, "{order:?}");
    let normal = stream.normal();
    assert_eq!(normal.to_bits(), NORMAL, "{}", normal.to_bits());
}

const BITS: [u64; 3] = [949039094234189505, 9647343622312927185, 9603826297548358847];
const ORDER: [usize; 8] = [5, 7, 1, 4, 2, 6, 3, 0];
const NORMAL: u64 = 4605580691041231602;

#[test]
fn streams_differ_by_seed_tag_and_index() {
    let first = |seed, tag, index| Stream::new(seed, tag, index).bits();
    let base = first(1, "a", 0);
    assert!([first(2, "a", 0), first(1, "b", 0), first(1, "a", 1)].iter().all(|bits| *bits != base));
}

#[test]
fn draws_are_uniform_and_samples_without_repeats() {
    let mut stream = Stream::new(3, "uniform", 0);
    let mut counts = [0usize; 10];
    (0..100_000).for_each(|_| counts[stream.below(10)] += 1);
    assert!(counts.iter().all(|c| (9_600..10_400).contains(c)), "{counts:?}");
    let mean = (0..100_000).map(|_| stream.normal()).sum::<f64>() / 1e5;
    assert!(mean.abs() < 0.02, "{mean}");
    let mut sample = stream.sample(50, 20);
    sample.sort_unstable();
    sample.dedup();
    assert_eq!(sample.len(), 20);
    assert_eq!(stream.sample(3, 10).len(), 3);
    assert_eq!((stream.below(0), stream.permutation(0).len()), (0, 0));
}

#[test]
fn sums_are_the_same_bits_at_any_thread_count() {
    let values: Vec<f64> =
        (0..100_000).map(|i| ((i * 7919) % 1013) as f64 * 1e-3 + 1e6 / (i + 1) as f64).collect();
    let sum = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let add =
            || parallel::reduce_rows(values.len(), 1000, |r| values[r].iter().sum::<f64>(), |a, b| a + b);
        pool.install(add).unwrap().to_bits()
    };
    assert!([2, 3, 8].iter().all(|&threads| sum(threads) == sum(1)));
    assert_eq!(parallel::reduce_rows(0, 10, |_| 1.0, |a, b| a + b), None);
}

#[test]
fn the_first_error_wins() {
    let run = parallel::try_map(100, |i| {
        if i % 7 == 3 { Err(crm_ml_core::Error::unsupported(i.to_string())) } else { Ok(i) }
    });
    assert_eq!(run.unwrap_err().to_string(), "3");
}

#[test]
fn progress_can_cancel() {
    struct StopAt(usize);
    impl Progress for StopAt {
        fn step(&self, step: Step<'_>) -> ControlFlow<()> {
            if step.done < self.0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    }
    let run = |stop| (1..=10).try_for_each(|done| advance(&StopAt(stop), "counting", done, 10));
    assert!(run(11).is_ok());
    assert_eq!(*run(4).unwrap_err().kind(), ErrorKind::Cancelled);
}
