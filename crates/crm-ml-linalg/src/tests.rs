use crm_ml_core::Stream;
use ndarray::{Array2, array, s};

use crate::{
    CentredGram, Cholesky, LeastSquares, RandomizedSvd, RightSvd, SymmetricEigen, ThinSvd, dot, matmul,
    matmul_shifted, matmul_tn, matvec, matvec_t, solve, weighted_gram,
};

fn random(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut stream = Stream::new(seed, "linalg/tests", 0);
    Array2::from_shape_simple_fn((rows, columns), || stream.normal())
}

fn close(a: &Array2<f64>, b: &Array2<f64>, tolerance: f64) {
    assert_eq!(a.dim(), b.dim());
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= tolerance * (1.0 + x.abs().max(y.abs())), "{x} against {y}");
    }
}

#[test]
fn products_equal_the_plain_ones() {
    for (rows, width) in [(1, 1), (3, 7), (63, 5), (64, 5), (65, 5), (5000, 11), (9001, 3)] {
        let a = random(rows, width, 1);
        let b = random(width, 6, 2);
        let c = random(rows, 4, 3);
        let w: Vec<f64> = (0..rows).map(|i| (i % 5) as f64 - 1.0).collect();
        close(&matmul(a.view(), b.view()).unwrap(), &a.dot(&b), 1e-12);
        close(&matmul_tn(a.view(), c.view()).unwrap(), &a.t().dot(&c), 1e-11);
        close(&weighted_gram(a.view(), None).unwrap(), &a.t().dot(&a), 1e-11);
        let wa = &a * &ndarray::Array1::from(w.clone()).insert_axis(ndarray::Axis(1));
        close(&weighted_gram(a.view(), Some(&w)).unwrap(), &wa.t().dot(&a), 1e-11);
        let v = random(width, 1, 4);
        let av = Array2::from_shape_vec((rows, 1), matvec(a.view(), v.as_slice().unwrap()).unwrap()).unwrap();
        close(&av, &a.dot(&v), 1e-12);
        let tv = Array2::from_shape_vec((width, 1), matvec_t(a.view(), &w).unwrap()).unwrap();
        close(&tv, &a.t().dot(&Array2::from_shape_vec((rows, 1), w).unwrap()), 1e-11);
    }
}

#[test]
fn a_row_of_a_product_does_not_know_its_neighbours() {
    for (inner, columns) in [(3, 1), (17, 5), (500, 40), (130, 129)] {
        let a = random(200, inner, 5);
        let b = random(inner, columns, 6);
        let whole = matmul(a.view(), b.view()).unwrap();
        for row in [0, 1, 23, 63, 64, 100, 191, 192, 199] {
            let alone = matmul(a.slice(s![row..row + 1, ..]), b.view()).unwrap();
            assert_eq!(alone.row(0), whole.row(row), "row {row} of {inner} x {columns}");
        }
    }
}

#[test]
fn layouts_do_not_matter() {
    let a = random(300, 9, 7);
    let columns_first = a.t().as_standard_layout().into_owned();
    assert_eq!(weighted_gram(a.view(), None).unwrap(), weighted_gram(columns_first.t(), None).unwrap());
    assert_eq!(ThinSvd::new(a.view()).unwrap(), ThinSvd::new(columns_first.t()).unwrap());
}

#[test]
fn cholesky_solves_and_refuses() {
    let a = random(50, 8, 8);
    let spd = weighted_gram(a.view(), None).unwrap();
    let factor = Cholesky::new(spd.view()).unwrap();
    close(&factor.factor().dot(&factor.factor().t()), &spd, 1e-12);
    let rhs = random(8, 3, 9);
    close(&spd.dot(&factor.solve(rhs.view()).unwrap()), &rhs, 1e-10);
    let by_eigen: f64 = SymmetricEigen::new(spd.view()).unwrap().values().iter().map(|v| v.ln()).sum();
    assert!((factor.log_determinant() - by_eigen).abs() < 1e-10);
    let mut indefinite = spd.clone();
    indefinite[[3, 3]] = -1.0;
    let error = Cholesky::new(indefinite.view()).unwrap_err();
    assert!(error.to_string().contains("pivot 3"), "{error}");
    assert!(Cholesky::new(Array2::zeros((2, 2)).view()).is_err());
}

#[test]
fn eigen_and_svd_rebuild_their_matrix_with_fixed_signs() {
    for (rows, columns) in [(1, 1), (40, 7), (7, 40), (300, 120), (20, 20)] {
        let a = random(rows, columns, 10);
        let svd = ThinSvd::new(a.view()).unwrap();
        let scaled = svd.u() * svd.singular_values();
        close(&scaled.dot(svd.vt()), &a, 1e-11);
        assert!(svd.singular_values().windows(2).into_iter().all(|w| w[0] >= w[1]));
        for row in svd.vt().rows() {
            let largest = row.iter().fold(0.0f64, |m, v| if v.abs() > m.abs() { *v } else { m });
            assert!(largest > 0.0);
        }
        let gram = weighted_gram(a.view(), None).unwrap();
        let eigen = SymmetricEigen::new(gram.view()).unwrap();
        close(&(eigen.vectors() * eigen.values()).dot(&eigen.vectors().t()), &gram, 1e-11);
        assert!(eigen.values().windows(2).into_iter().all(|w| w[0] >= w[1]));
    }
}

#[test]
fn least_squares_and_solve() {
    let a = random(60, 5, 11);
    let truth = random(5, 2, 12);
    let b = a.dot(&truth);
    let fit = LeastSquares::new(a.view(), b.view()).unwrap();
    close(fit.solution(), &truth, 1e-11);
    assert_eq!(fit.rank(), 5);
    let square = a.slice(s![..5, ..]);
    close(&square.dot(&solve(square, truth.view()).unwrap()), &truth, 1e-10);
    assert!(solve(Array2::<f64>::ones((2, 2)).view(), Array2::ones((2, 1)).view()).is_err());
    // Wide: the solution of least norm lies in the row space.
    let wide = random(4, 9, 13);
    let rhs = random(4, 1, 14);
    let fit = LeastSquares::new(wide.view(), rhs.view()).unwrap();
    close(&wide.dot(fit.solution()), &rhs, 1e-11);
    let inverse = solve(wide.dot(&wide.t()).view(), rhs.view()).unwrap();
    close(fit.solution(), &wide.t().dot(&inverse), 1e-10);
}

#[test]
fn extreme_and_bad_input_gives_a_result_or_an_error() {
    for factor in [1e-300, 1e300, 5e-324, 1e-310] {
        let a = random(12, 4, 15).mapv(|v| v * factor);
        if let Ok(svd) = ThinSvd::new(a.view()) {
            assert!(svd.singular_values().iter().all(|v| v.is_finite()));
        }
        let square = a.slice(s![..4, ..]);
        let symmetric = &square + &square.t();
        let eigen = SymmetricEigen::new(symmetric.view()).unwrap();
        assert!(eigen.vectors().iter().all(|v| v.is_finite()));
        let _ = Cholesky::new(symmetric.view());
        let _ = LeastSquares::new(a.view(), random(12, 1, 16).view());
        let _ = solve(square, random(4, 1, 17).view());
    }
    for bad in [f64::NAN, f64::INFINITY] {
        let mut a = random(4, 4, 18);
        a[[2, 1]] = bad;
        assert!(ThinSvd::new(a.view()).is_err());
        assert!(SymmetricEigen::new(a.view()).is_err());
        assert!(Cholesky::new(a.view()).is_err());
        assert!(LeastSquares::new(a.view(), Array2::zeros((4, 1)).view()).is_err());
        assert!(solve(a.view(), Array2::zeros((4, 1)).view()).is_err());
    }
    assert!(ThinSvd::new(Array2::zeros((0, 3)).view()).is_err());
    assert!(ThinSvd::new(Array2::zeros((3, 3)).view()).is_ok());
    assert!(matmul(Array2::zeros((2, 3)).view(), Array2::zeros((2, 3)).view()).is_err());
    assert_eq!(dot(&[1.0, 2.0], &[3.0]), 3.0);
}

#[test]
fn the_right_side_alone_is_that_of_the_whole() {
    for (rows, columns) in [(1, 1), (3, 7), (9000, 6), (4097, 3), (5000, 700)] {
        let a = random(rows, columns, 19) * &ndarray::Array1::logspace(10.0, -4.0, 4.0, columns);
        let weights: Vec<f64> = (0..rows).map(|i| 0.5 + (i % 4) as f64).collect();
        let roots = ndarray::Array1::from(weights.clone()).mapv(f64::sqrt).insert_axis(ndarray::Axis(1));
        let right = RightSvd::new(a.view(), Some(&weights)).unwrap();
        let whole = ThinSvd::new((&a * &roots).view()).unwrap();
        for (x, y) in right.singular_values().iter().zip(whole.singular_values()) {
            assert!((x - y).abs() <= 1e-11 * whole.singular_values()[0].min(1e5 * y), "{x} against {y}");
        }
        if columns < 10 {
            close(right.vt(), whole.vt(), 1e-8);
        }
    }
    assert!(RightSvd::new(random(3, 2, 20).view(), Some(&[1.0, f64::NAN, 1.0])).is_err());
    assert!(RightSvd::new(random(3, 2, 20).view(), Some(&[1.0])).is_err());
}

#[test]
fn the_same_bits_at_any_number_of_threads() {
    for (rows, columns) in [(20_000, 30), (9_000, 500)] {
        let a = random(rows, columns, 21);
        let weights: Vec<f64> = (0..rows).map(|i| (i % 7) as f64).collect();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let gram = weighted_gram(a.view(), Some(&weights)).unwrap();
                let factor = Cholesky::new(gram.view()).unwrap();
                let eigen = SymmetricEigen::new(gram.view()).unwrap();
                let right = RightSvd::new(a.view(), Some(&weights)).unwrap();
                let product = matmul(a.view(), gram.view()).unwrap();
                let crossed = matmul_tn(a.view(), product.view()).unwrap();
                let vector = matvec_t(a.view(), &matvec(a.view(), &weights[..columns]).unwrap()).unwrap();
                (gram, factor, eigen, right, product, crossed, vector)
            })
        };
        let one = run(1);
        for threads in [2, 3, 8] {
            assert!(run(threads) == one, "{threads} threads, {columns} columns");
        }
    }
}

#[test]
fn deviations_keep_their_digits_wherever_the_centre_is() {
    // Far from zero, and with one row that the rough centre does not know.
    let mut x =
        Array2::from_shape_fn((3000, 3), |(i, j)| 1e8 + ((i * (j + 3) * 7919) % 1013) as f64 / 1013.0);
    x[[1234, 1]] = -1e9;
    for weights in [None, Some((0..3000).map(|i| f64::from(i % 3)).collect::<Vec<f64>>())] {
        let found = CentredGram::new(x.view(), weights.as_deref()).unwrap();
        let weight = |i: usize| weights.as_ref().map_or(1.0, |w| w[i]);
        let total: f64 = (0..3000).map(weight).sum();
        for j in 0..3 {
            let mean = (0..3000).map(|i| weight(i) * (x[[i, j]] - 1e8)).sum::<f64>() / total;
            assert!((found.mean()[j] - 1e8 - mean).abs() < 1e-6);
            let square: f64 = (0..3000).map(|i| weight(i) * (x[[i, j]] - 1e8 - mean).powi(2)).sum();
            assert!((found.gram()[[j, j]] / square - 1.0).abs() < 1e-7);
        }
    }
    assert!(CentredGram::new(x.view(), Some(&[1.0])).is_err());
    assert!(CentredGram::new(x.view(), Some(&[0.0; 3000])).is_err());
}

#[test]
fn shifted_products_are_products_of_deviations() {
    let a = Array2::from_shape_fn((70, 4), |(i, j)| ((i * 31 + j * 17) % 23) as f64);
    let b = Array2::from_shape_fn((4, 3), |(i, j)| (i as f64) - 2.0 * (j as f64));
    let shift = [1.0, 2.0, 3.0, 4.0];
    let moved = Array2::from_shape_fn((70, 4), |(i, j)| a[[i, j]] - shift[j]);
    assert_eq!(matmul_shifted(a.view(), &shift, b.view()).unwrap(), matmul(moved.view(), b.view()).unwrap());
    assert!(matmul_shifted(a.view(), &[1.0], b.view()).is_err());
}

#[test]
fn random_projections_find_the_leading_part() {
    // Values fall by half; rank 12 of 30 columns.
    let u = Array2::from_shape_fn((200, 12), |(i, j)| ((i * (j + 1)) as f64 * 0.7).sin());
    let v =
        Array2::from_shape_fn((12, 30), |(i, j)| 0.5f64.powi(i as i32) * ((j * (i + 2)) as f64 * 1.3).cos());
    for x in [u.dot(&v), u.dot(&v).reversed_axes()] {
        let exact = ThinSvd::new(x.view()).unwrap();
        let found = RandomizedSvd::new(x.view(), 5, 10, 4, 3).unwrap();
        for i in 0..5 {
            assert!((found.singular_values()[i] / exact.singular_values()[i] - 1.0).abs() < 1e-12);
            assert!((found.vt().row(i).dot(&exact.vt().row(i)) - 1.0).abs() < 1e-10);
            assert!((found.u().column(i).dot(&exact.u().column(i)) - 1.0).abs() < 1e-10);
        }
        // More than the rank: what is left is nothing.
        let all = RandomizedSvd::new(x.view(), 30, 10, 2, 3).unwrap();
        assert!(all.singular_values().iter().skip(12).all(|s| *s < 1e-10));
    }
    let zero = RandomizedSvd::new(Array2::zeros((5, 4)).view(), 2, 2, 1, 0).unwrap();
    assert!(zero.singular_values().iter().all(|s| *s == 0.0));
    assert!(RandomizedSvd::new(array![[f64::NAN]].view(), 1, 0, 0, 0).is_err());
    assert!(RandomizedSvd::new(array![[1.0]].view(), 0, 0, 0, 0).is_err());
}
