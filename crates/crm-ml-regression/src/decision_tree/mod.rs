//! Decision tree.
