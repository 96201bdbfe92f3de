//! Parts of mixtures.
