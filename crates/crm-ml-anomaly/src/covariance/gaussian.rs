//! A location and a scatter, and how far rows are from it.

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, parallel};
use crm_ml_linalg::SymmetricEigen;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::moments::Frame;

/// A location and a scatter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Gaussian {
    frame: Frame,
    /// All inside of the frame.
    location: Vec<f64>,
    covariance: Array2<f64>,
    precision: Array2<f64>,
}

impl Gaussian {
    pub(super) fn new(frame: Frame, location: Vec<f64>, covariance: Array2<f64>) -> Result<Self> {
        let precision = pseudo_inverse(&covariance)?;
        Ok(Self { frame, location, covariance, precision })
    }

    pub(super) fn width(&self) -> usize {
        self.location.len()
    }

    /// In the units of the rows.
    pub(super) fn location(&self) -> Array1<f64> {
        let inside = self.location.iter().zip(&self.frame.centre).zip(&self.frame.scale);
        inside.map(|((location, centre), scale)| location / scale + centre).collect()
    }

    /// In the units of the rows.
    pub(super) fn covariance(&self) -> Array2<f64> {
        let scale = &self.frame.scale;
        Array2::from_shape_fn(self.covariance.dim(), |(i, j)| self.covariance[[i, j]] / scale[i] / scale[j])
    }

    /// In the units of the rows.
    pub(super) fn precision(&self) -> Array2<f64> {
        let scale = &self.frame.scale;
        Array2::from_shape_fn(self.precision.dim(), |(i, j)| self.precision[[i, j]] * scale[i] * scale[j])
    }

    /// What every column has of the squared distance of a row inside of the frame.
    #[inline]
    fn parts(&self, row: &mut [f64], parts: &mut [f64]) {
        row.iter_mut().zip(&self.location).for_each(|(v, location)| *v -= location);
        parts.fill(0.0);
        let precision = self.precision.as_slice().unwrap_or(&[]);
        for (v, line) in row.iter().zip(precision.chunks_exact(row.len())) {
            parts.iter_mut().zip(line).for_each(|(part, p)| *part += v * p);
        }
        parts.iter_mut().zip(row.iter()).for_each(|(part, v)| *part *= v);
    }

    /// Squared Mahalanobis distances. Errors: a row too far out for `f64`.
    pub(super) fn squared_distances(&self, samples: &Samples<'_>) -> Result<Vec<f64>> {
        let mut distances = vec![0.0; samples.n_rows()];
        parallel::fill_rows(&mut distances, 1, ROW_CHUNK, |first, piece| {
            let (mut row, mut parts) = (vec![0.0; self.width()], vec![0.0; self.width()]);
            for (position, distance) in (first..).zip(piece) {
                self.frame.row(samples.row(position), &mut row);
                self.parts(&mut row, &mut parts);
                *distance = parts.iter().sum::<f64>().max(0.0);
            }
        });
        match distances.iter().position(|d| !d.is_finite()) {
            None => Ok(distances),
            Some(row) => Err(Error::numerical(format!("row {row} is too far out for a distance in f64"))),
        }
    }

    /// What every column has of the squared distance of a row.
    pub(super) fn shares(&self, cells: &[f64], parts: &mut [f64]) {
        let mut row = vec![0.0; self.width()];
        self.frame.row(cells, &mut row);
        self.parts(&mut row, parts);
    }

    pub(super) fn validate(&self, width: usize) -> Result<()> {
        let square = |matrix: &Array2<f64>| {
            matrix.dim() == (width, width)
                && matrix.as_slice().is_some()
                && matrix.iter().all(|v| v.is_finite())
        };
        let location = self.location.len() == width && self.location.iter().all(|v| v.is_finite());
        if width > 0
            && location
            && self.frame.validate(width)
            && square(&self.covariance)
            && square(&self.precision)
        {
            Ok(())
        } else {
            Err(Error::model_file("a covariance that does not fit its columns"))
        }
    }
}

/// Below this share of the largest eigenvalue, times the width, one is rounding.
const RANK: f64 = 10.0 * f64::EPSILON;

/// The directions in which a covariance spreads, largest first, and how far; none for constant rows.
pub(super) fn spread(covariance: &Array2<f64>) -> Result<(Vec<f64>, Array2<f64>)> {
    let eigen = SymmetricEigen::new(covariance.view())?;
    let least = eigen.values().first().map_or(0.0, |largest| largest * RANK * covariance.nrows() as f64);
    let values: Vec<f64> = eigen.values().iter().copied().take_while(|value| *value > least).collect();
    let vectors = eigen.vectors().slice(ndarray::s![.., ..values.len()]).to_owned();
    Ok((values, vectors))
}

/// The Moore-Penrose inverse of a covariance.
fn pseudo_inverse(covariance: &Array2<f64>) -> Result<Array2<f64>> {
    let (values, vectors) = spread(covariance)?;
    let width = covariance.nrows();
    let mut inverse = Array2::zeros((width, width));
    for (value, vector) in values.iter().zip(vectors.columns()) {
        for i in 0..width {
            for j in 0..=i {
                inverse[[i, j]] += vector[i] / value * vector[j];
            }
        }
    }
    for i in 0..width {
        for j in 0..i {
            inverse[[j, i]] = inverse[[i, j]];
        }
    }
    Ok(inverse)
}
