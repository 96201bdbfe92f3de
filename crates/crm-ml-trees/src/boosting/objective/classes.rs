//! Log loss of classes.

use super::{At, Derivatives, Objective};

/// Log loss of two classes (codes 0 and 1); the margin is the log-odds of the second.
#[derive(Debug, Clone, Copy)]
pub struct Logistic<'a>(&'a [u32]);

impl<'a> Logistic<'a> {
    /// For these classes.
    pub fn new(codes: &'a [u32]) -> Self {
        Self(codes)
    }
}

impl Objective for Logistic<'_> {
    fn n_rows(&self) -> usize {
        self.0.len()
    }

    fn base(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        let p = share(1, self.0, weights);
        Some(vec![(p / (1.0 - p)).ln()])
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        for ((loss, margin), code) in losses.iter_mut().zip(at.margins(0)).zip(&self.0[at.rows()]) {
            // ln(1 + e^m) without overflow.
            *loss = margin.max(0.0) + (-margin.abs()).exp().ln_1p() - f64::from(*code) * margin;
        }
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        let (gradients, hessians) = into.both(0);
        let rows = gradients.iter_mut().zip(hessians).zip(at.margins(0)).zip(&self.0[at.rows()]);
        for (((g, h), margin), code) in rows {
            let p = sigmoid(*margin);
            *g = p - f64::from(*code);
            *h = p * (1.0 - p);
        }
    }
}

/// Log loss of several classes, one margin each (log-probability up to a constant).
#[derive(Debug, Clone, Copy)]
pub struct Softmax<'a> {
    codes: &'a [u32],
    classes: usize,
}

impl<'a> Softmax<'a> {
    /// For these classes, of which there are `classes`.
    pub fn new(codes: &'a [u32], classes: usize) -> Self {
        Self { codes, classes }
    }
}

impl Objective for Softmax<'_> {
    fn n_rows(&self) -> usize {
        self.codes.len()
    }

    fn n_outputs(&self) -> usize {
        self.classes
    }

    fn base(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        let log = |class: usize| share(class as u32, self.codes, weights).ln();
        let logs: Vec<f64> = (0..self.classes).map(log).collect();
        let mean = logs.iter().sum::<f64>() / self.classes as f64;
        Some(logs.iter().map(|log| log - mean).collect())
    }

    fn losses(&self, at: &At<'_>, losses: &mut [f64]) {
        let margins: Vec<&[f64]> = (0..self.classes).map(|class| at.margins(class)).collect();
        for (place, (loss, code)) in losses.iter_mut().zip(&self.codes[at.rows()]).enumerate() {
            let most = margins.iter().map(|m| m[place]).fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = margins.iter().map(|m| (m[place] - most).exp()).sum();
            let own = margins.get(*code as usize).map_or(f64::NAN, |m| m[place]);
            *loss = most + total.ln() - own;
        }
    }

    fn derivatives(&self, at: &At<'_>, into: &mut Derivatives<'_>) {
        let rows = at.rows();
        let margins: Vec<&[f64]> = (0..self.classes).map(|class| at.margins(class)).collect();
        // The greatest margin of every row, then the logarithm of the sum of powers: two passes that stay in cache.
        let mut logs = vec![f64::NEG_INFINITY; rows.len()];
        for of_class in &margins {
            logs.iter_mut().zip(*of_class).for_each(|(most, m)| *most = most.max(*m));
        }
        let mut totals = vec![0.0; rows.len()];
        for (class, of_class) in margins.iter().enumerate() {
            let powers = into.gradients(class);
            for (((total, power), most), m) in totals.iter_mut().zip(powers).zip(&logs).zip(*of_class) {
                *power = (m - most).exp();
                *total += *power;
            }
        }
        for class in 0..self.classes {
            let (gradients, hessians) = into.both(class);
            let slopes = gradients.iter_mut().zip(hessians).zip(&totals);
            for (((g, h), total), code) in slopes.zip(&self.codes[rows.clone()]) {
                let p = *g / total;
                *g = p - f64::from(u8::from(*code as usize == class));
                *h = p * (1.0 - p);
            }
        }
    }
}

/// Share of a class in the total weight.
fn share(class: u32, codes: &[u32], weights: Option<&[f64]>) -> f64 {
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let total: f64 = (0..codes.len()).map(weight).sum();
    let of_class: f64 = (0..codes.len()).filter(|&row| codes[row] == class).map(weight).sum();
    // A class without rows would have a margin of minus infinity.
    (of_class / total).clamp(f64::EPSILON, 1.0 - f64::EPSILON)
}

/// `1 / (1 + e^-x)`, without overflow and exact in the tails.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}
