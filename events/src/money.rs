//! Money: whole millionths of the reporting currency, never a float.

/// Millionths of the reporting currency, 0 to 10^12 per record (semantics.md, Money).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micros(i64);

const RECORD_MAX: i64 = 1_000_000_000_000;

impl Micros {
    /// An amount of one record, if it lies within the bounds.
    pub fn from_micros(micros: i64) -> Option<Self> {
        (0..=RECORD_MAX).contains(&micros).then_some(Self(micros))
    }

    /// The amount in millionths.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Reads an amount written with 1 to 19 ASCII digits alone.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > 19 {
            return None;
        }
        // 19 digits fit in u64; a larger amount than the bound is refused right after.
        let micros = text.iter().try_fold(0u64, |n, b| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0')))?;
        i64::try_from(micros).ok().and_then(Self::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_alone_within_the_bounds() {
        for (text, expected) in [("0", 0), ("0005", 5), ("1000000000000", RECORD_MAX), ("0000000000000000001", 1)] {
            assert_eq!(Micros::parse(text.as_bytes()), Some(Micros(expected)), "{text}");
        }
        for text in ["", "-1", "+1", "1.0", " 1", "1e3", "1000000000001", "9999999999999999999", "00000000000000000001"]
        {
            assert_eq!(Micros::parse(text.as_bytes()), None, "{text}");
        }
    }
}
