use super::sums::{Derivatives, differentiate, sums};
use super::*;

fn airline() -> Vec<f64> {
    [
        112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170,
        158, 133, 114, 140, 145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181,
        183, 218, 230, 242, 209, 191, 172, 194, 196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
    ]
    .map(f64::from)
    .to_vec()
}

fn every_form() -> Vec<EtsForm> {
    let mut forms = Vec::new();
    for error in [ErrorType::Additive, ErrorType::Multiplicative] {
        for trend in [Component::None, Component::Additive, Component::Multiplicative] {
            for damped in [false, true] {
                for season in [Component::None, Component::Additive, Component::Multiplicative] {
                    if !damped || trend != Component::None {
                        forms.push(EtsForm { error, trend, damped, season });
                    }
                }
            }
        }
    }
    forms
}

#[test]
fn derivatives_are_those_of_the_sum() {
    let y: Vec<f64> = airline().iter().map(|v| v / 128.0).collect();
    for form in every_form() {
        for residual in [Residual::Absolute, Residual::Relative, Residual::Likelihood] {
            let by =
                Smoothing { alpha: 0.3, beta: 0.05, gamma: 0.1, phi: if form.damped { 0.9 } else { 1.0 } };
            let task =
                Task { form, m: 12, given: Given::default(), bounds: Bounds::Usual, residual, states: true };
            let lanes = task.lanes();
            let start = start::states(form, &y, 12).unwrap();
            let mut x = vec![0.0; lanes.count];
            x[0] = by.alpha;
            for (lane, value) in [(lanes.beta, by.beta), (lanes.gamma, by.gamma), (lanes.phi, by.phi)] {
                if let Some(lane) = lane {
                    x[lane] = value;
                }
            }
            let level = lanes.level.unwrap();
            x[level] = start.path.level;
            let mut next = level + 1;
            if form.has_trend() {
                x[next] = start.path.growth;
                next += 1;
            }
            if form.has_season() {
                x[next..].copy_from_slice(&start.seasons[1..]);
            }
            let unpack = |x: &[f64]| {
                let get = |lane: Option<usize>, none: f64| lane.map_or(none, |lane| x[lane]);
                let by = Smoothing {
                    alpha: x[0],
                    beta: get(lanes.beta, 0.0),
                    gamma: get(lanes.gamma, 0.0),
                    phi: get(lanes.phi, 1.0),
                };
                let growth = if form.has_trend() { x[level + 1] } else { 0.0 };
                let path = recursion::Path { level: x[level], growth };
                let mut ring = Vec::new();
                if form.has_season() {
                    let free = &x[level + 1 + usize::from(form.has_trend())..];
                    let total = if form.season == Component::Multiplicative { 12.0 } else { 0.0 };
                    ring.push(total - free.iter().sum::<f64>());
                    ring.extend_from_slice(free);
                }
                (by, path, ring)
            };
            let value = |x: &[f64]| {
                let (by, path, mut ring) = unpack(x);
                sums(form, residual, &y, &by, path, &mut ring).objective(residual, y.len())
            };
            let mut derivatives = Derivatives::default();
            let (by, path, mut ring) = unpack(&x);
            let found = differentiate(form, residual, &lanes, &y, &by, path, &mut ring, &mut derivatives);
            assert!((found.objective(residual, y.len()) / value(&x) - 1.0).abs() < 1e-12, "{form}");
            let mut gradient = vec![0.0; lanes.count];
            let mut hessian = vec![0.0; lanes.count * lanes.count];
            derivatives.normal(residual, found, y.len(), &mut hessian, &mut gradient);
            for lane in 0..lanes.count {
                let moved = |step: f64| {
                    let mut x = x.clone();
                    x[lane] += step;
                    value(&x)
                };
                let numeric = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                let exact = 2.0 * gradient[lane];
                assert!(
                    (numeric - exact).abs() < 1e-6 * (1.0 + numeric.abs()),
                    "{form} {residual:?} {lane}: {numeric} {exact}"
                );
            }
        }
    }
}
