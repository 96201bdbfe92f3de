//! Recursive feature elimination.
