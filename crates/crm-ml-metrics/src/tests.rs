//! Tests against references and by properties.
