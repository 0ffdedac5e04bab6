//! What state costs in bytes, and the cap on it.
//!
//! Prices are upper bounds, not samples: a packed table is 3/4 full, a hash table just past its doubling at 7/16 load, a vector has up to twice its length.
//! So the estimate depends on what is kept alone, and two shards that keep the same say the same. Not in it: the old half of a table while it grows,
//! and the copy of the largest journey, or of the totals, that is made to settle and to give points.

/// Bytes a table of `entry`-byte entries takes per entry at its emptiest after growth, control byte included.
const fn table(entry: u64) -> u64 {
    (entry + 1) * 16 / 7 + 1
}

/// Bytes an entry of a packed table takes at its emptiest, its part of the segment and the directory included.
pub(crate) const fn packed(entry: u64) -> u64 {
    entry * 11 / 8 + 1
}

/// A packed table and the bucket that it is of, but for its entries.
pub(crate) const TABLE: u64 = 1_280;
/// An identity with its content.
pub(crate) const IDENTITY: u64 = packed(16);
/// An impression as a touch of its user and campaign.
pub(crate) const VIEW: u64 = packed(24);
/// A touch kept beside the table, and its window.
pub(crate) const VIEW_BEYOND: u64 = 32 + table(8);
/// The first such touch of a user, campaign and bucket.
pub(crate) const VIEWS_BEYOND: u64 = table(16 + 64) + 160;
/// The first click or conversion of a user in a campaign, and its place among the unsettled.
pub(crate) const RESPONSES: u64 = table(16 + 56) + 32;
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
    let arrival = SOURCE + TEXT + SOURCE_RANGE + TABLE + IDENTITY;
    assert!(arrival + TABLE + VIEW + VIEW_BEYOND + VIEWS_BEYOND + CAMPAIGN_WINDOW <= RECORD_MAX);
    assert!(arrival + RESPONSES + CAMPAIGN_WINDOW + CONVERSION <= RECORD_MAX);
    assert!(arrival + EXCHANGE + TEXT + DEMAND_WINDOW <= RECORD_MAX);
};

// An impression that lives: its identity, and itself as a touch.
const _: () = assert!(IDENTITY + VIEW <= 64);

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
