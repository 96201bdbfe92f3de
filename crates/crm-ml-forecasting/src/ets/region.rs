//! Where the smoothing parameters may be.

use super::form::{EtsForm, Smoothing};

/// Whether forecasts do not depend on the distant past (Hyndman et al. 2008, chapter 10): the roots of the characteristic equation
/// are in the unit circle.
pub(super) fn admissible(form: EtsForm, by: &Smoothing, m: usize) -> bool {
    let Smoothing { alpha, beta, gamma, phi } = *by;
    if !(phi > 0.0 && phi <= 1.0 + 1e-8) {
        return false;
    }
    if !form.has_season() {
        let level = alpha >= 1.0 - 1.0 / phi && alpha <= 1.0 + 1.0 / phi;
        return level
            && (!form.has_trend() || (beta >= alpha * (phi - 1.0) && beta <= (1.0 + phi) * (2.0 - alpha)));
    }
    if gamma < (1.0 - 1.0 / phi - alpha).max(0.0) || gamma > 1.0 + 1.0 / phi - alpha {
        return false;
    }
    let season = m as f64;
    if alpha < 1.0 - 1.0 / phi - gamma * (1.0 - season + phi + phi * season) / (2.0 * phi * season)
        || beta < -(1.0 - phi) * (gamma / season + alpha)
    {
        return false;
    }
    inside_circle(&characteristic(by, m))
}

/// The characteristic polynomial, from the constant on.
fn characteristic(by: &Smoothing, m: usize) -> Vec<f64> {
    let Smoothing { alpha, beta, gamma, phi } = *by;
    let mut polynomial = vec![phi * (1.0 - alpha - gamma), alpha + beta - alpha * phi + gamma - 1.0];
    polynomial.extend(std::iter::repeat_n(alpha + beta - alpha * phi, m.saturating_sub(2)));
    polynomial.extend([alpha + beta - phi, 1.0]);
    polynomial
}

/// Whether every root is in the unit circle (to 1e-10), by Schur and Cohn's reductions: O(degree^2), no roots are computed.
fn inside_circle(polynomial: &[f64]) -> bool {
    // Roots are looked for in a circle that is wider by 1e-10.
    let mut power = 1.0;
    let mut p: Vec<f64> = polynomial
        .iter()
        .map(|c| {
            let scaled = c * power;
            power *= 1.0 + 1e-10;
            scaled
        })
        .collect();
    while p.len() > 1 {
        let degree = p.len() - 1;
        let (first, last) = (p[0], p[degree]);
        if first.abs().partial_cmp(&last.abs()) != Some(std::cmp::Ordering::Less) {
            return false;
        }
        let share = first / last;
        let reduced: Vec<f64> = (1..=degree).map(|i| p[i] - share * p[degree - i]).collect();
        p = reduced;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ets::form::{Component, ErrorType};

    #[test]
    fn the_circle_holds_roots_that_are_inside() {
        // (z - 0.5)(z - 0.9)(z + 0.99)
        let product = |roots: &[f64]| {
            roots.iter().fold(vec![1.0], |p: Vec<f64>, root| {
                let mut next = vec![0.0; p.len() + 1];
                for (i, c) in p.iter().enumerate() {
                    next[i + 1] += c;
                    next[i] -= root * c;
                }
                next
            })
        };
        assert!(inside_circle(&product(&[0.5, 0.9, -0.99])));
        assert!(!inside_circle(&product(&[0.5, 0.9, -1.01])));
        assert!(!inside_circle(&product(&[1.2, 1.3, 1.4])));
        assert!(inside_circle(&product(&[0.0, 0.0, 0.3])));
    }

    #[test]
    fn the_usual_region_of_a_line_is_admissible() {
        let form = EtsForm {
            error: ErrorType::Additive,
            trend: Component::Additive,
            damped: false,
            season: Component::None,
        };
        let at = |alpha, beta| Smoothing { alpha, beta, gamma: 0.0, phi: 1.0 };
        assert!(admissible(form, &at(0.5, 0.4), 1));
        assert!(admissible(form, &at(1.9, 0.1), 1));
        assert!(!admissible(form, &at(1.9, 0.3), 1));
    }
}
