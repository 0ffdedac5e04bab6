//! A partial write: why some points were not stored, in the words of influxd 2.x.

use std::time::Duration;

use crate::point::{FieldType, Point, Text, UnixNanos};
use crate::rfc3339;
use crate::store::MAX_STRING_BYTES;

/// How long a bucket keeps points, and the oldest time it takes now.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    pub duration: Duration,
    pub oldest: UnixNanos,
}

/// Some points of a write were refused; all others are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Why the first refused point was refused.
    pub reason: String,
    /// At least so many points were refused: those of one shard.
    pub dropped: usize,
    /// influxd ends some of these messages with the bucket's id.
    pub names_bucket: bool,
}

impl Rejection {
    /// The message as influxd words it.
    pub fn message(&self, bucket_id: &str) -> String {
        let Self { reason, dropped, names_bucket } = self;
        let place = if *names_bucket {
            format!(" for database: {bucket_id} for retention policy: autogen")
        } else {
            String::new()
        };
        format!("failure writing points to database: partial write: {reason} dropped={dropped}{place}")
    }

    pub(crate) fn conflict(measurement: &Text, field: &Text, wanted: FieldType, existing: FieldType) -> String {
        format!(
            "field type conflict: input field {field:?} on measurement {measurement:?} is type {wanted}, \
             already exists as type {existing}"
        )
    }

    pub(crate) fn only_time(measurement: &Text) -> String {
        format!("invalid field name: input field \"time\" on measurement {measurement:?} is invalid")
    }

    pub(crate) fn time_stripped(measurement: &Text) -> String {
        format!("{}. Field \"time\" has been stripped from point.", Self::only_time(measurement))
    }

    pub(crate) fn too_long(measurement: &Text, field: &Text, bytes: usize) -> String {
        format!("input field {field:?} on measurement {measurement:?} is too long, {bytes} > {MAX_STRING_BYTES}")
    }
}

/// The points of a write that are older than the bucket keeps.
#[derive(Debug, Default)]
pub(crate) struct RetentionDrops {
    count: usize,
    oldest: Option<(String, UnixNanos)>,
    newest: Option<(String, UnixNanos)>,
}

impl RetentionDrops {
    pub(crate) fn add(&mut self, point: &Point) {
        self.count += 1;
        if self.oldest.as_ref().is_none_or(|(_, at)| point.at < *at) {
            self.oldest = Some((series_key(point), point.at));
        }
        if self.newest.as_ref().is_none_or(|(_, at)| point.at > *at) {
            self.newest = Some((series_key(point), point.at));
        }
    }

    pub(crate) fn rejection(&self, retention: Retention) -> Option<Rejection> {
        let (oldest, newest) = (self.oldest.as_ref()?, self.newest.as_ref()?);
        let told = |(key, at): &(String, UnixNanos)| {
            let (at, edge) = (rfc3339::text(*at), rfc3339::text(retention.oldest));
            format!("point {key} at {at} dropped because it violates a Retention Policy Lower Bound at {edge}")
        };
        let reason = format!(
            "dropped {} points outside retention policy of duration {} - oldest {}, newest {}",
            self.count,
            go_duration(retention.duration),
            told(oldest),
            told(newest)
        );
        Some(Rejection { reason, dropped: self.count, names_bucket: true })
    }
}

/// Measurement and tags, readable; escapes left out.
fn series_key(point: &Point) -> String {
    let mut key = point.measurement.to_string();
    for (name, value) in &point.tags {
        key.push_str(&format!(",{name}={value}"));
    }
    key
}

/// A duration of whole seconds as influxd prints it: `1h0m0s`.
fn go_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{}s", seconds % 60),
        _ => format!("{hours}h{}m{}s", minutes % 60, seconds % 60),
    }
}
