//! Why a row is odd.
