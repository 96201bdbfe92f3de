//! Thresholds between `cell <= threshold` of doubles and `cell < threshold` of singles.

/// The least single above a threshold: singles below it are those that go left here. `None` where all finite singles do.
pub(super) fn to_single(threshold: f64) -> Option<f32> {
    if threshold >= f64::from(f32::MAX) {
        return None;
    }
    let nearest = threshold as f32;
    Some(if f64::from(nearest) > threshold { nearest } else { next_up(nearest) })
}

/// The greatest double that is below a finite single once it is rounded to one.
pub(super) fn from_single(threshold: f32) -> f64 {
    let below = -next_up(-threshold);
    if below.is_infinite() {
        return f64::MIN;
    }
    let middle = (f64::from(below) + f64::from(threshold)) / 2.0;
    // The middle rounds to whichever of the two is even.
    if threshold.to_bits() & 1 == 0 { next_down(middle) } else { middle }
}

fn next_up(value: f32) -> f32 {
    match value {
        0.0 => f32::from_bits(1),
        _ if value > 0.0 => f32::from_bits(value.to_bits() + 1),
        _ => f32::from_bits(value.to_bits() - 1),
    }
}

fn next_down(value: f64) -> f64 {
    match value {
        0.0 => -f64::from_bits(1),
        _ if value > 0.0 => f64::from_bits(value.to_bits() - 1),
        _ => f64::from_bits(value.to_bits() + 1),
    }
}
