//! What holds for any data.

use crm_ml_core::{Result, Samples};
use crm_ml_linear::{Family, GlmFit, GlmSolver, LinearFit, LogisticSolver, Penalty, Solver, Terms};
use ndarray::{Array2, Axis};
use proptest::prelude::*;

fn data() -> impl Strategy<Value = (Array2<f64>, Vec<f64>, Vec<f64>)> {
    (2usize..25, 1usize..5).prop_flat_map(|(rows, columns)| {
        let cells = prop::collection::vec(-8i8..8, rows * columns);
        let target = prop::collection::vec(0u8..2, rows);
        let weights = prop::collection::vec(1u8..4, rows);
        (cells, target, weights).prop_map(move |(cells, target, weights)| {
            let cells: Vec<f64> = cells.into_iter().map(f64::from).collect();
            let x = Array2::from_shape_vec((rows, columns), cells).unwrap();
            (x, target.into_iter().map(f64::from).collect(), weights.into_iter().map(f64::from).collect())
        })
    })
}

fn repeated(x: &Array2<f64>, y: &[f64], weights: &[f64]) -> (Array2<f64>, Vec<f64>) {
    let rows: Vec<usize> = weights.iter().enumerate().flat_map(|(i, w)| vec![i; *w as usize]).collect();
    (x.select(Axis(0), &rows), rows.iter().map(|i| y[*i]).collect())
}

fn binary(solver: &LogisticSolver, x: &Array2<f64>, y: &[f64], w: Option<&[f64]>) -> Result<LinearFit> {
    solver.fit_binary(&Samples::new(x)?, &Terms::reals(x.ncols()), y, w, None, &())
}

fn glm(solver: &GlmSolver, x: &Array2<f64>, y: &[f64], w: Option<&[f64]>) -> Result<GlmFit> {
    solver.fit(&Samples::new(x)?, &Terms::reals(x.ncols()), y, w, None, &())
}

proptest! {
    #[test]
    fn whole_weights_are_repeated_rows((x, y, weights) in data()) {
        let (long, longer) = repeated(&x, &y, &weights);
        let solver = LogisticSolver::new().tol(1e-12);
        let short = binary(&solver, &x, &y, Some(&weights)).unwrap();
        let full = binary(&solver, &long, &longer, None).unwrap();
        for (a, b) in short.coefficients.iter().zip(&full.coefficients) {
            prop_assert!((a - b).abs() < 1e-7, "{} against {}", a, b);
        }
        let ridge = GlmSolver::new(Family::Gaussian).l2(1.0 / weights.iter().sum::<f64>()).tol(1e-14);
        let short = glm(&ridge, &x, &y, Some(&weights)).unwrap();
        let full = glm(&ridge, &long, &longer, None).unwrap();
        for (a, b) in short.coefficients.iter().zip(&full.coefficients) {
            prop_assert!((a - b).abs() < 1e-9, "{} against {}", a, b);
        }
    }

    #[test]
    fn no_other_point_is_better((x, y, weights) in data(), nudge in -1.0f64..1.0) {
        let objective = |b: &[f64]| {
            let losses = x.rows().into_iter().zip(&y).zip(&weights).map(|((row, y), w)| {
                let m: f64 = row.iter().zip(b).map(|(v, b)| v * b).sum();
                w * ((-m.abs()).exp().ln_1p() + m.max(0.0) - y * m)
            });
            2.0 * losses.sum::<f64>() + 0.5 * b.iter().map(|b| b * b).sum::<f64>()
        };
        let solver = LogisticSolver::new().c(2.0).tol(1e-10).fit_intercept(false);
        let fit = binary(&solver, &x, &y, Some(&weights)).unwrap();
        let best = fit.coefficients.row(0).to_vec();
        prop_assert!((fit.report.objective - objective(&best)).abs() <= 1e-9 * objective(&best));
        for j in 0..best.len() {
            let mut other = best.clone();
            other[j] += nudge;
            prop_assert!(objective(&other) >= objective(&best) * (1.0 - 1e-12));
        }
    }

    #[test]
    fn nothing_panics(
        cells in prop::collection::vec(any::<f64>(), 12),
        target in prop::collection::vec(any::<f64>(), 6),
        weights in prop::collection::vec(any::<f64>(), 6),
        (c, tol, intercept) in (any::<f64>(), any::<f64>(), any::<bool>()),
    ) {
        let x = Array2::from_shape_vec((6, 2), cells).unwrap();
        let shares: Vec<f64> = target.iter().map(|t| f64::from(*t > 0.0)).collect();
        let codes: Vec<u32> = target.iter().map(|t| t.to_bits() as u32 % 3).collect();
        for penalty in [Penalty::L2, Penalty::None, Penalty::L1, Penalty::ElasticNet] {
            for solver in [LogisticSolver::new().c(c).tol(tol), LogisticSolver::new().c(c.abs().clamp(1e-90, 1e90))] {
                let solver = solver.penalty(penalty).fit_intercept(intercept).max_iter(30);
                for w in [None, Some(weights.as_slice())] {
                    for fit in [
                        binary(&solver, &x, &shares, w),
                        Samples::new(&x).and_then(|samples| {
                            solver.fit_multinomial(&samples, &Terms::reals(2), (&codes, 3), w, None, &())
                        }),
                    ].into_iter().flatten() {
                        prop_assert!(fit.coefficients.iter().chain(&fit.intercepts).all(|v| v.is_finite()));
                    }
                }
            }
        }
        for family in [
            Family::Gaussian,
            Family::GaussianLog,
            Family::Poisson,
            Family::Gamma,
            Family::Tweedie { power: 1.0 + c.abs() % 2.0 },
        ] {
            let target: Vec<f64> = target.iter().map(|t| t.abs()).collect();
            for solver in [Solver::Auto, Solver::Lbfgs, Solver::NewtonCg, Solver::CoordinateDescent] {
                let solver = GlmSolver::new(family).l2(tol.abs()).solver(solver).max_iter(20);
                let _ = glm(&solver, &x, &target, None);
            }
        }
    }
}
