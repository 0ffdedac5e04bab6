//! A marker stands in a raw topic for an event that could not be published as it is: reason, length, fingerprint.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use crate::reason::Reason;

/// The value of a marker record: `too_large 300000 9f86d081884c7d65`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    pub reason: Reason,
    /// Length of what was read, bytes.
    pub length: u64,
    /// XXH3-64 of the first bytes of what was read (as many as were kept).
    pub fingerprint: u64,
}

impl Marker {
    /// Marks what was read: `kept` are its first bytes, `length` counts all.
    pub fn of(reason: Reason, kept: &[u8], length: u64) -> Self {
        Self { reason, length, fingerprint: xxh3_64(kept) }
    }

    /// Reads a marker's value; only reasons that an edge can give are one.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let mut parts = std::str::from_utf8(value).ok()?.split(' ');
        let reason = Reason::parse(parts.next()?).filter(|r| Self::is_edge_reason(*r))?;
        let length = parts.next()?.parse().ok()?;
        let fingerprint = u64::from_str_radix(parts.next()?, 16).ok()?;
        parts.next().is_none().then_some(Self { reason, length, fingerprint })
    }

    fn is_edge_reason(reason: Reason) -> bool {
        matches!(reason, Reason::TooLarge | Reason::BadRow | Reason::BadAvro | Reason::Withheld)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:016x}", self.reason, self.length, self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_reads_back() {
        let marker = Marker::of(Reason::BadRow, b"a,b", 3);
        assert_eq!(Marker::parse(marker.to_string().as_bytes()), Some(marker));
    }

    #[test]
    fn reasons_that_an_edge_cannot_give_are_no_marker() {
        for text in ["id_conflict 3 00", "bad_row", "bad_row 3", "bad_row x 00", "bad_row 3 00 more", ""] {
            assert_eq!(Marker::parse(text.as_bytes()), None, "{text}");
        }
    }
}
