//! A minimiser for smooth functions of a few parameters.

/// Where a minimisation ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Minimum {
    pub(crate) point: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
}

/// Distance of the points of a central difference.
const STEP: f64 = 1e-5;
/// Share of the decrease that the slope promises which a step must reach.
const ARMIJO: f64 = 1e-4;

/// Minimises by the BFGS method (J. Nocedal, S. Wright, Numerical Optimization, 2nd edition, algorithm 6.1) with central
/// differences as gradients; `f` may give infinity where it is not defined.
///
/// Ends when a step lowers the value by less than `tolerance` of it.
pub(crate) fn minimise(
    start: &[f64],
    tolerance: f64,
    max_iter: usize,
    mut f: impl FnMut(&[f64]) -> f64,
) -> Minimum {
    let n = start.len();
    let mut point = start.to_vec();
    let mut value = f(&point);
    let mut end = Minimum { point: point.clone(), value, iterations: 0, converged: n == 0 };
    if n == 0 || !value.is_finite() {
        return end;
    }
    let mut gradient = vec![0.0; n];
    slope(&mut f, &mut point, value, &mut gradient);
    let mut inverse = identity(n);
    let (mut direction, mut next, mut next_gradient) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    // Whether the inverse Hessian is only a guess, so that failing along it proves nothing.
    let mut fresh = true;
    for iteration in 1..=max_iter {
        end.iterations = iteration;
        for (i, step) in direction.iter_mut().enumerate() {
            *step = -dot(&inverse[i * n..(i + 1) * n], &gradient);
        }
        let mut descent = dot(&direction, &gradient);
        if descent.is_nan() || descent >= 0.0 {
            if fresh {
                end.converged = true;
                break;
            }
            inverse = identity(n);
            fresh = true;
            continue;
        }
        // The first step knows no scale: it is kept short.
        let longest = direction.iter().fold(0.0f64, |a, b| a.max(b.abs()));
        let most = if fresh { 0.3 } else { 5.0 };
        if longest > most {
            direction.iter_mut().for_each(|step| *step *= most / longest);
            descent *= most / longest;
        }
        let mut length = 1.0;
        let lowered = loop {
            for ((next, point), step) in next.iter_mut().zip(&point).zip(&direction) {
                *next = point + length * step;
            }
            let lowered = f(&next);
            if lowered <= value + ARMIJO * length * descent {
                break Some(lowered);
            }
            // The minimum of the parabola through what is known, within bounds.
            let parabola = -descent * length / (2.0 * ((lowered - value) / length - descent));
            length =
                if parabola.is_finite() { parabola.clamp(0.1 * length, 0.5 * length) } else { 0.2 * length };
            if length < 1e-8 {
                break None;
            }
        };
        let Some(lowered) = lowered else {
            if fresh {
                end.converged = true;
                break;
            }
            inverse = identity(n);
            fresh = true;
            continue;
        };
        let gain = value - lowered;
        slope(&mut f, &mut next, lowered, &mut next_gradient);
        update(&mut inverse, &point, &next, &gradient, &next_gradient, fresh);
        std::mem::swap(&mut point, &mut next);
        std::mem::swap(&mut gradient, &mut next_gradient);
        value = lowered;
        let small = gain <= tolerance * (value.abs() + tolerance);
        if small && !fresh {
            end.converged = true;
            break;
        }
        fresh = false;
    }
    end.point = point;
    end.value = value;
    end
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|cell| f64::from(u8::from(cell % (n + 1) == 0))).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Central differences, one-sided next to where the function is not defined.
fn slope(f: &mut impl FnMut(&[f64]) -> f64, point: &mut [f64], value: f64, gradient: &mut [f64]) {
    for i in 0..point.len() {
        let middle = point[i];
        let mut at = |x: f64| {
            point[i] = x;
            f(point)
        };
        let (above, below) = (at(middle + STEP), at(middle - STEP));
        point[i] = middle;
        gradient[i] = match (above.is_finite(), below.is_finite()) {
            (true, true) => (above - below) / (2.0 * STEP),
            (true, false) => (above - value) / STEP,
            (false, true) => (value - below) / STEP,
            (false, false) => 0.0,
        };
    }
}

/// The BFGS update of the inverse Hessian; scaled to the first step's curvature.
fn update(inverse: &mut [f64], from: &[f64], to: &[f64], before: &[f64], after: &[f64], first: bool) {
    let n = from.len();
    let step: Vec<f64> = to.iter().zip(from).map(|(a, b)| a - b).collect();
    let change: Vec<f64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
    let curvature = dot(&step, &change);
    let size = dot(&change, &change);
    if curvature.is_nan() || curvature <= 1e-12 * size.sqrt() * dot(&step, &step).sqrt() {
        return;
    }
    if first {
        inverse.iter_mut().for_each(|cell| *cell *= curvature / size);
    }
    let turned: Vec<f64> = (0..n).map(|i| dot(&inverse[i * n..(i + 1) * n], &change)).collect();
    let along = (1.0 + dot(&change, &turned) / curvature) / curvature;
    for i in 0..n {
        for j in 0..n {
            inverse[i * n + j] +=
                along * step[i] * step[j] - (turned[i] * step[j] + step[i] * turned[j]) / curvature;
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn the_valley_of_rosenbrock_is_walked_through() {
        let f = |x: &[f64]| 100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2);
        let end = minimise(&[-1.2, 1.0], 1e-14, 200, f);
        assert!(end.converged, "{end:?}");
        assert_abs_diff_eq!(end.point[0], 1.0, epsilon = 1e-4);
        assert_abs_diff_eq!(end.point[1], 1.0, epsilon = 1e-4);
    }

    #[test]
    fn where_the_function_ends_the_search_turns() {
        // The minimum 0 of x - ln x - 1 is at 1; left of 0 there is nothing.
        let f = |x: &[f64]| if x[0] > 0.0 { x[0] - x[0].ln() - 1.0 } else { f64::INFINITY };
        let end = minimise(&[7.0], 1e-12, 100, f);
        assert_abs_diff_eq!(end.point[0], 1.0, epsilon = 1e-4);
        assert!(minimise(&[-1.0], 1e-12, 100, f).value.is_infinite());
        assert!(minimise(&[], 1e-12, 100, |_| 3.0).converged);
    }
}
