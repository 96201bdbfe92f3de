//! The same bits at any number of threads, with 500 columns.

use crm_ml_core::{Persist, Samples, Stream, Transformer, TransformerModel};
use crm_ml_feature_selection::Pca;
use ndarray::Array2;

#[test]
fn pca_of_500_columns() {
    // By the covariance, and by the matrix itself.
    for rows in [6000, 700] {
        let mut stream = Stream::new(3, "pca/threads", 0);
        let x = Array2::from_shape_simple_fn((rows, 500), || stream.normal());
        let weights: ndarray::Array1<f64> = (0..rows).map(|i| 1.0 + (i % 3) as f64).collect();
        let samples = Samples::new(&x).unwrap().with_weights(&weights).unwrap();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let model = Pca::new().n_components(20).fit(&samples).unwrap();
                let scores = model.transform(&samples).unwrap();
                (model.to_bytes().unwrap(), scores.cells().to_vec())
            })
        };
        let one = run(1);
        for threads in [2, 3, 8] {
            assert!(run(threads) == one, "{threads} threads");
        }
    }
}
