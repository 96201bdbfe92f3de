use crm_ml_core::ErrorKind;
use proptest::prelude::*;

use super::*;

/// Loss, gradient and Hessian of one row at these margins.
fn at(objective: &dyn Objective, row: usize, margins: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let all: Vec<Vec<f64>> = margins.iter().map(|m| vec![*m; objective.n_rows()]).collect();
    let mut losses = [0.0];
    objective.losses(&At { rows: row..row + 1, margins: &all }, &mut losses);
    let mut slopes = Slopes::new(objective.n_rows(), objective.n_outputs());
    slopes.update(objective, &all, None).unwrap();
    let of_row = |arrays: &[Vec<f64>]| arrays.iter().map(|a| a[row]).collect::<Vec<f64>>();
    (losses[0], of_row(&slopes.gradients), of_row(&slopes.hessians))
}

/// The derivatives equal difference quotients of the losses (and of the gradients, where the Hessian is not a stand-in).
fn assert_slopes(objective: &dyn Objective, row: usize, margins: &[f64], has_hessian: bool) {
    const STEP: f64 = 1e-5;
    let (_, gradients, hessians) = at(objective, row, margins);
    for output in 0..margins.len() {
        let moved = |step: f64| {
            let mut moved = margins.to_vec();
            moved[output] += step;
            at(objective, row, &moved)
        };
        let (up, down) = (moved(STEP), moved(-STEP));
        let slope = (up.0 - down.0) / (2.0 * STEP);
        let size = 1.0 + gradients[output].abs();
        assert!((slope - gradients[output]).abs() < 1e-4 * size, "{objective:?}: {slope} {gradients:?}");
        if has_hessian {
            let curve = (up.1[output] - down.1[output]) / (2.0 * STEP);
            assert!((curve - hessians[output]).abs() < 1e-4 * (1.0 + curve.abs()), "{objective:?}: {curve}");
        }
    }
}

proptest! {
    #[test]
    fn derivatives_equal_difference_quotients(
        margins in proptest::collection::vec(-4.0..4.0f64, 3), y in -3.0..3.0f64, q in 0.05..0.95f64, code in 0u32..3,
    ) {
        let one = &margins[..1];
        // No quotient across a kink.
        prop_assume!((y - one[0]).abs() > 1e-3 && ((y - one[0]).abs() - 1.3).abs() > 1e-3);
        let (target, positive) = ([y], [y.exp()]);
        assert_slopes(&Squared::new(&target), 0, one, true);
        assert_slopes(&Absolute::new(&target), 0, one, false);
        assert_slopes(&Quantile::new(&target, q).unwrap(), 0, one, false);
        assert_slopes(&Huber::new(&target, 1.3).unwrap(), 0, one, false);
        assert_slopes(&Poisson::new(&positive).unwrap(), 0, one, true);
        assert_slopes(&Poisson::for_validation(&[0.0]).unwrap(), 0, one, true);
        assert_slopes(&Gamma::new(&positive).unwrap(), 0, one, true);
        assert_slopes(&Logistic::new(&[code.min(1)]), 0, one, true);
        assert_slopes(&Softmax::new(&[code], 3), 0, &margins, true);
    }

    /// No constant is better than the base.
    #[test]
    fn the_base_is_the_best_constant(
        rows in proptest::collection::vec((0.1..9.0f64, 0.1..5.0f64), 1..30), q in 0.05..0.95f64, step in -0.5..0.5f64,
    ) {
        let (target, weights): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let objectives: [&dyn Objective; 5] = [
            &Squared::new(&target), &Absolute::new(&target), &Quantile::new(&target, q).unwrap(),
            &Poisson::new(&target).unwrap(), &Gamma::new(&target).unwrap(),
        ];
        for objective in objectives {
            for weights in [None, Some(weights.as_slice())] {
                let base = objective.base(weights).unwrap()[0];
                let of = |margin: f64| loss(objective, &[vec![margin; target.len()]], weights).unwrap();
                prop_assert!(of(base) <= of(base + step) + 1e-12, "{objective:?}");
            }
        }
    }
}

#[test]
fn losses_are_zero_where_the_margin_is_right() {
    let target = [0.5, 7.0, 1e-9, 1e80];
    for (row, y) in target.iter().enumerate() {
        for objective in [&Poisson::new(&target).unwrap() as &dyn Objective, &Gamma::new(&target).unwrap()] {
            let (loss, gradient, _) = at(objective, row, &[y.ln()]);
            assert!(loss.abs() <= 1e-10 * y.max(1.0), "{objective:?} {loss}");
            assert!(gradient[0].abs() <= 1e-10 * y.max(1.0));
        }
        let (loss, gradient, _) = at(&Absolute::new(&target), row, &[*y]);
        assert_eq!((loss, gradient[0]), (0.0, 0.0));
    }
}

#[test]
fn slopes_stay_finite_at_the_ends_of_the_numbers() {
    let target = [1e-300, 1e-9, 1.0, 1e90];
    for margin in [-1e6, -700.0, 0.0, 700.0, 1e6] {
        let (poisson, gamma) = (Poisson::new(&target).unwrap(), Gamma::new(&target).unwrap());
        for objective in [&poisson as &dyn Objective, &gamma] {
            let mut slopes = Slopes::new(4, 1);
            slopes.update(objective, &[vec![margin; 4]], Some(&[1e90; 4])).unwrap();
            assert!(loss(objective, &[vec![margin; 4]], Some(&[1e90; 4])).is_ok());
        }
    }
    assert!(mean_of_log(1e9).is_finite() && mean_of_log(-1e9) > 0.0);
}

#[test]
fn constant_hessians_are_noticed() {
    let target = [1.0, 2.0];
    let constant = |objective: &dyn Objective| {
        let mut slopes = Slopes::new(2, 1);
        slopes.update(objective, &[vec![0.5; 2]], Some(&[3.0, 4.0])).unwrap();
        (slopes.constant_hessian, slopes.hessians[0].clone())
    };
    assert_eq!(constant(&Squared::new(&target)), (true, vec![3.0, 4.0]));
    assert_eq!(constant(&Huber::new(&target, 1.0).unwrap()), (true, vec![3.0, 4.0]));
    assert!(!constant(&Poisson::new(&target).unwrap()).0);
}

#[test]
fn targets_outside_the_domain_are_named() {
    let row = |error: crm_ml_core::Error| match error.kind() {
        ErrorKind::InvalidTarget { row, .. } => Some(*row),
        _ => None,
    };
    assert_eq!(row(Poisson::new(&[1.0, -1e-9]).unwrap_err()), Some(1));
    assert_eq!(row(Poisson::new(&[0.0, 0.0]).unwrap_err()), Some(0));
    assert_eq!(row(Poisson::new(&[1.0, 2.0, f64::NAN]).unwrap_err()), Some(2));
    assert_eq!(row(Gamma::new(&[1.0, 0.0]).unwrap_err()), Some(1));
    assert!(Poisson::for_validation(&[0.0]).is_ok());
    assert!(Quantile::new(&[1.0], 1.0).is_err() && Quantile::new(&[1.0], f64::NAN).is_err());
    assert!(Huber::new(&[1.0], 0.0).is_err() && Huber::new(&[1.0], f64::INFINITY).is_err());
}
