//! What one user did in one campaign after impressions: few journeys have any of it.
//! What it leads to is computed by [`crate::attribution`], when totals are asked for.

use adx_events::fingerprint::UserHash;
use adx_events::money::Micros;
use adx_events::time::EventTime;
use xxhash_rust::xxh3::xxh3_64;

use crate::attribution::Credit;
use crate::catalogue::CampaignIndex;

/// Stands for an event's own id, to be found by those that name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u64);

impl Name {
    pub const ABSENT: Name = Name(0);

    /// XXH3-64 of a text; an empty text is absent.
    pub fn of(text: &str) -> Self {
        if text.is_empty() { Self::ABSENT } else { Self(xxh3_64(text.as_bytes()).max(1)) }
    }

    pub fn is_absent(self) -> bool {
        self == Self::ABSENT
    }
}

/// One user in one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JourneyKey {
    pub user: UserHash,
    pub campaign: CampaignIndex,
}

/// A click: a touch, and itself attributed or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Click {
    pub(crate) at: EventTime,
    pub(crate) own: Name,
    /// The impression that it names.
    pub(crate) impression: Name,
    /// As counted so far.
    pub(crate) attributed: bool,
}

/// A conversion and what it has been credited to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversion {
    pub(crate) at: EventTime,
    pub(crate) value: Micros,
    /// The click that it names.
    pub(crate) click: Name,
    /// The impression that it names.
    pub(crate) impression: Name,
    pub(crate) kind: KindIndex,
    /// As counted so far; none = not yet counted.
    pub(crate) credit: Option<Credit>,
}

/// A conversion type that has a series of its own, or `other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KindIndex(pub(crate) u16);

/// The clicks and conversions of a journey; its impressions are in [`crate::views`].
#[derive(Debug, Default)]
pub(crate) struct Responses {
    pub(crate) clicks: Vec<Click>,
    pub(crate) conversions: Vec<Conversion>,
    /// Whether they already wait to be settled.
    pub(crate) waiting: bool,
}

impl Responses {
    /// From the first to the last instant at which any of them happened, ms; none where there are none.
    pub(crate) fn span_ms(&self) -> Option<(i64, i64)> {
        let times =
            || self.clicks.iter().map(|c| c.at).chain(self.conversions.iter().map(|c| c.at)).map(EventTime::as_ms);
        times().min().zip(times().max())
    }
}

/// Appends without the slack that a vector takes at its first element.
pub(crate) fn append<T>(to: &mut Vec<T>, item: T) {
    if to.is_empty() {
        to.reserve_exact(1);
    }
    to.push(item);
}
