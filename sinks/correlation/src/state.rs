//! What state costs in bytes, and the cap on it.
//!
//! Prices are upper bounds, not samples: a hash table is just past its doubling at 7/16 load, a vector has up to twice its length.
//! So the estimate depends on what is kept alone, and two shards that keep the same say the same. Not in it: the old half of a table while it grows,
//! and the copy of the largest journey, or of the totals, that is made to settle and to give points.

/// Bytes a table of `entry`-byte entries takes per entry at its emptiest after growth, control byte included.
const fn table(entry: u64) -> u64 {
    (entry + 1) * 16 / 7 + 1
}

/// An identity with its content: 24 bytes.
pub(crate) const IDENTITY: u64 = table(24);
/// The first identity of a day (or hour).
pub(crate) const IDENTITY_BUCKET: u64 = 256;
/// A user's first event in a campaign: 16 bytes of key, 16 of journey.
pub(crate) const JOURNEY: u64 = table(32);
/// A journey of more than one impression, and its place among the unsettled.
pub(crate) const STORY: u64 = 96;
/// A touch kept in a story.
pub(crate) const TOUCH: u64 = 32;
/// The first click or conversion of a story.
pub(crate) const RESPONSES: u64 = 96;
pub(crate) const CLICK: u64 = 64;
/// A conversion, and up to three points that it may pass through (none, view, click).
pub(crate) const CONVERSION: u64 = 128 + 3 * table(48);
/// A campaign's window, and the touch window that may come with it.
pub(crate) const CAMPAIGN_WINDOW: u64 = table(128) + table(48);
/// A point of unattributed conversions outside any journey.
pub(crate) const CONVERSION_POINT: u64 = table(48);
pub(crate) const DEMAND_WINDOW: u64 = table(64);
/// A name of an exchange, without its text.
pub(crate) const EXCHANGE: u64 = 2 * table(24) + 32;
/// A source, without its text.
pub(crate) const SOURCE: u64 = table(112) + 16;
/// A range of numbers that a source lacks.
pub(crate) const SOURCE_RANGE: u64 = 32;
/// No single record costs more.
pub(crate) const RECORD_MAX: u64 = 4_096;

/// The longest text of a source, or of a tag value, bytes.
const TEXT: u64 = 256;
const _: () = {
    let arrival = SOURCE + TEXT + SOURCE_RANGE + IDENTITY_BUCKET + IDENTITY;
    let journey = JOURNEY + STORY + TOUCH + RESPONSES;
    assert!(arrival + journey + CAMPAIGN_WINDOW + CONVERSION <= RECORD_MAX);
    assert!(arrival + EXCHANGE + TEXT + DEMAND_WINDOW <= RECORD_MAX);
};

/// Bytes in use and the cap on them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    used: u64,
    cap: u64,
}

impl Budget {
    pub(crate) fn new(cap: u64) -> Self {
        Self { used: 0, cap }
    }

    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    pub(crate) fn cap(&self) -> u64 {
        self.cap
    }

    /// The bytes needed at most to take one more record, if they pass the cap.
    pub(crate) fn need_past_cap(&self) -> Option<u64> {
        let need = self.used + RECORD_MAX;
        (need > self.cap).then_some(need)
    }

    pub(crate) fn charge(&mut self, bytes: u64) {
        self.used += bytes;
    }
}
