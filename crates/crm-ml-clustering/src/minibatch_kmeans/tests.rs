//! Parts of mini-batch k-means.

use super::state::Monitor;

/// Numbers worked out by hand from the rule: share 2 * 10 / 100 = 0.2.
#[test]
fn the_smoothed_inertia_decides() {
    let mut monitor = Monitor::new(99, 10, 0.0, Some(2));
    assert!(!monitor.stops(1.0, 9.0), "the start does not count");
    assert!(!monitor.stops(100.0, 9.0), "10 is the first smoothed value");
    assert!(!monitor.stops(50.0, 9.0), "0.8 * 10 + 0.2 * 5 = 9 is better");
    assert!(!monitor.stops(95.0, 9.0), "9.1 is not");
    assert!(!monitor.stops(60.0, 9.0), "8.48 is");
    assert!(!monitor.stops(90.0, 9.0), "8.584: one step without improvement");
    assert!(monitor.stops(90.0, 9.0), "two");
}

#[test]
fn a_small_shift_ends_a_fit_where_one_is_asked_for() {
    let mut monitor = Monitor::new(99, 10, 0.5, None);
    assert!(!monitor.stops(1.0, 0.1));
    assert!(!monitor.stops(1.0, 0.6));
    assert!(monitor.stops(1.0, 0.5));
    let mut never = Monitor::new(99, 10, 0.0, None);
    assert!((0..100).all(|_| !never.stops(1.0, 0.0)));
}
