//! Parameters that the online learners share: their setters, written once.

/// Setters of what every online learner has; `$solver` is the field with its [`FtrlSolver`](crate::FtrlSolver).
#[doc(hidden)]
#[macro_export]
macro_rules! ftrl_setters {
    ($solver:ident) => {
        /// Scale of the learning rates, from 1e-6 to 1e6: the one parameter that asks to be searched.
        #[must_use]
        pub fn alpha(mut self, alpha: f64) -> Self {
            self.$solver.alpha = alpha;
            self
        }

        /// What keeps the first learning rates down, from 0 to 1e6.
        #[must_use]
        pub fn beta(mut self, beta: f64) -> Self {
            self.$solver.beta = beta;
            self
        }

        /// Weight of the sum of magnitudes, from 0 to 1e12: many coefficients become 0. The intercept is free.
        #[must_use]
        pub fn l1(mut self, l1: f64) -> Self {
            self.$solver.l1 = l1;
            self
        }

        /// Weight of half the squared norm, from 0 to 1e12. The intercept is free.
        #[must_use]
        pub fn l2(mut self, l2: f64) -> Self {
            self.$solver.l2 = l2;
            self
        }

        /// Whether there is an intercept. It learns as a coefficient does, without penalty.
        #[must_use]
        pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
            self.$solver.fit_intercept = fit_intercept;
            self
        }

        /// Passes of a fit over its rows, at least 1.
        #[must_use]
        pub fn epochs(mut self, epochs: usize) -> Self {
            self.$solver.epochs = epochs;
            self
        }

        /// Whether each pass of a fit takes the rows in an order of its own; else as they are.
        #[must_use]
        pub fn shuffle(mut self, shuffle: bool) -> Self {
            self.$solver.shuffle = shuffle;
            self
        }

        /// Seed of the orders.
        #[must_use]
        pub fn seed(mut self, seed: u64) -> Self {
            self.$solver.seed = seed;
            self
        }
    };
}
