//! Parts of k-means.
