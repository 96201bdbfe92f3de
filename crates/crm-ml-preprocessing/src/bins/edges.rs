//! Where bins are cut, and what they are called.

/// The bin of a value among ascending cuts; a value on a cut belongs to the bin above.
pub(crate) fn bin_of(value: f64, cuts: &[f64]) -> usize {
    cuts.partition_point(|cut| *cut <= value)
}

/// For `validate`: finite and strictly ascending.
pub(crate) fn are_cuts(cuts: &[f64]) -> bool {
    cuts.iter().all(|cut| cut.is_finite()) && cuts.windows(2).all(|pair| pair[0] < pair[1])
}

/// Names of the bins between ascending cuts, with as few digits as keep the cuts apart.
pub(crate) fn labels(cuts: &[f64]) -> Vec<String> {
    let shown = shown(cuts);
    let low = |i: usize| if i == 0 { "(-inf".to_owned() } else { format!("[{}", shown[i - 1]) };
    let high = |i: usize| shown.get(i).map_or("inf".to_owned(), Clone::clone);
    (0..=cuts.len()).map(|i| format!("{}, {})", low(i), high(i))).collect()
}

fn shown(cuts: &[f64]) -> Vec<String> {
    for digits in 3..17 {
        let rounded: Vec<f64> =
            cuts.iter().map(|cut| format!("{cut:.*e}", digits - 1).parse().unwrap_or(*cut)).collect();
        let exact = rounded.iter().zip(cuts).all(|(r, c)| r == c);
        if exact || (digits >= 4 && rounded.windows(2).all(|pair| pair[0] < pair[1])) {
            return rounded.iter().map(|cut| plain(*cut)).collect();
        }
    }
    cuts.iter().map(|cut| plain(*cut)).collect()
}

/// Long numbers with an exponent.
fn plain(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 || (1e-4..1e15).contains(&magnitude) { value.to_string() } else { format!("{value:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_cuts_apart() {
        assert_eq!(labels(&[]), ["(-inf, inf)"]);
        assert_eq!(labels(&[10.0, 20.5]), ["(-inf, 10)", "[10, 20.5)", "[20.5, inf)"]);
        assert_eq!(labels(&[1.23456789, 7.0])[1], "[1.235, 7)");
        assert_eq!(labels(&[1.000001, 1.000002])[1], "[1.000001, 1.000002)");
        assert_eq!(labels(&[1e-300, 1e300])[1], "[1e-300, 1e300)");
        assert_eq!(
            (bin_of(9.9, &[10.0, 20.0]), bin_of(10.0, &[10.0, 20.0]), bin_of(99.0, &[10.0])),
            (0, 1, 1)
        );
    }
}
