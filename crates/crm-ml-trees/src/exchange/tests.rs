use crm_ml_core::Stream;

use super::threshold::{from_single, to_single};

fn singles() -> Vec<f32> {
    let mut stream = Stream::new(1, "test/singles", 0);
    let edges = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        f32::from_bits(1),
        -f32::from_bits(1),
        0.1,
    ];
    let random = (0..20_000).map(|_| f32::from_bits(stream.bits() as u32)).filter(|value| value.is_finite());
    edges.into_iter().chain(random).collect()
}

#[test]
fn every_single_goes_the_same_way() {
    let singles = singles();
    for (place, &threshold) in singles.iter().enumerate() {
        let own = from_single(threshold);
        assert_eq!(to_single(own), Some(threshold + 0.0), "{threshold}");
        let near =
            [-2i32, -1, 0, 1, 2].map(|step| f32::from_bits(threshold.to_bits().wrapping_add_signed(step)));
        for value in
            near.into_iter().chain([singles[(place * 7 + 1) % singles.len()]]).filter(|v| v.is_finite())
        {
            assert_eq!(f64::from(value) <= own, value < threshold, "{value} at {threshold}");
        }
    }
}

#[test]
fn doubles_go_where_their_single_goes() {
    let mut stream = Stream::new(2, "test/doubles", 0);
    for threshold in singles().into_iter().filter(|t| t.abs() < 1e38) {
        let own = from_single(threshold);
        let step = (f64::from(threshold) - own).abs();
        for _ in 0..20 {
            let cell = f64::from(threshold) + step * (4.0 * stream.uniform() - 2.0);
            assert_eq!(cell <= own, (cell as f32) < threshold, "{cell} at {threshold}");
        }
        // The middle between two singles rounds to the even one.
        for cell in [own, own + (f64::from(threshold) - own) / 64.0, f64::from(threshold)] {
            assert_eq!(cell <= own, (cell as f32) < threshold, "{cell} at {threshold}");
        }
    }
}

#[test]
fn thresholds_of_doubles_part_the_singles() {
    let mut stream = Stream::new(3, "test/doubles", 0);
    for _ in 0..20_000 {
        let threshold = stream.normal() * 10f64.powi(stream.below(90) as i32 - 50);
        match to_single(threshold) {
            None => assert!(threshold >= f64::from(f32::MAX)),
            Some(single) => {
                assert!(f64::from(single) > threshold);
                assert!(single == f32::MIN || f64::from(-from_next(-single)) <= threshold);
            }
        }
    }
    assert_eq!((to_single(f64::MAX), to_single(f64::MIN)), (None, Some(f32::MIN)));
    assert_eq!(to_single(f64::from(f32::MAX)), None);
}

/// The next single.
fn from_next(value: f32) -> f32 {
    to_single(f64::from(value)).unwrap_or(f32::INFINITY)
}
