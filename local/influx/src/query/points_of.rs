//! The stored points that a question is about: of a measurement, in a range of time, of one campaign or all.

use adx_events::time::EventTime;
use adx_queries::campaign::Scope;

use crate::point::{TagSet, Text, UnixNanos};
use crate::store::{Measurement, Series};

const NANOS_PER_MS: i64 = 1_000_000;

/// The series of the scope's campaigns.
pub(super) fn series<'a>(stored: &'a Measurement, scope: &'a Scope) -> impl Iterator<Item = (&'a TagSet, &'a Series)> {
    let is_meant = |tags: &TagSet| scope.campaign.as_deref().is_none_or(|id| tag(tags, "campaign_id") == id.as_bytes());
    stored.series_after(None).filter(move |(tags, _)| is_meant(tags))
}

/// From when, and before when.
pub(super) fn range(scope: &Scope) -> std::ops::Range<UnixNanos> {
    let nanos = |at: EventTime| UnixNanos(at.as_ms().saturating_mul(NANOS_PER_MS));
    nanos(scope.range.start)..nanos(scope.range.stop)
}

/// The value of a tag, empty where there is none.
pub(super) fn tag<'a>(tags: &'a TagSet, key: &str) -> &'a [u8] {
    tags.iter()
        .find(|(name, _)| name.as_bytes() == key.as_bytes())
        .map_or(&[], |(_, value): &(Text, Text)| value.as_bytes())
}
