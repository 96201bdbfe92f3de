//! What kinds of characters a cell has: most questions about it are answered by that alone.

use std::ops::BitOr;

/// A set of kinds of characters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape(u8);

impl Shape {
    pub(crate) const DIGIT: Self = Self(1);
    pub(crate) const SIGN: Self = Self(2);
    pub(crate) const POINT: Self = Self(4);
    pub(crate) const LETTER: Self = Self(8);
    pub(crate) const SEMICOLON: Self = Self(16);
    pub(crate) const BLANK: Self = Self(32);
    /// Other ASCII.
    pub(crate) const MARK: Self = Self(64);
    pub(crate) const BEYOND_ASCII: Self = Self(128);

    /// The kinds that occur in a text.
    pub(crate) fn of(text: &str) -> Self {
        const KINDS: [u8; 256] = kinds();
        Self(text.bytes().fold(0, |kinds, byte| kinds | KINDS[usize::from(byte)]))
    }

    /// Whether any of these kinds occurs.
    pub(crate) fn has(self, kinds: Self) -> bool {
        self.0 & kinds.0 != 0
    }

    /// Whether no other kind occurs.
    pub(crate) fn is_only(self, kinds: Self) -> bool {
        self.0 & !kinds.0 == 0
    }
}

impl BitOr for Shape {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

const fn kinds() -> [u8; 256] {
    let mut kinds = [Shape::BEYOND_ASCII.0; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        let kind = match byte {
            b'0'..=b'9' => Shape::DIGIT,
            b'+' | b'-' => Shape::SIGN,
            b'.' => Shape::POINT,
            b'a'..=b'z' | b'A'..=b'Z' => Shape::LETTER,
            b';' => Shape::SEMICOLON,
            b'\t'..=b'\r' | b' ' => Shape::BLANK,
            _ => Shape::MARK,
        };
        kinds[byte as usize] = kind.0;
        byte += 1;
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_characters() {
        assert!(Shape::of("-12.5").is_only(Shape::DIGIT | Shape::SIGN | Shape::POINT));
        assert!(!Shape::of("1e5").is_only(Shape::DIGIT));
        assert!(Shape::of("a; b").has(Shape::SEMICOLON) && Shape::of("a; b").has(Shape::BLANK));
        assert!(Shape::of("é").is_only(Shape::BEYOND_ASCII) && !Shape::of("é").has(Shape::LETTER));
        assert_eq!(Shape::of(""), Shape(0));
        assert_eq!(Shape::of("#"), Shape::MARK);
    }
}
