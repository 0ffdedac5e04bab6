//! What is stored, and how a write changes it: one value per measurement, tag set, time and field; the last holds.
//! No locks, no HTTP, no clock.

use std::collections::{BTreeMap, HashMap};

use crate::point::{FieldType, FieldValue, Point, TagSet, Text, UnixNanos};
use crate::rejection::{Rejection, Retention, RetentionDrops};

/// Longest string value influxd stores.
pub const MAX_STRING_BYTES: usize = 1_048_576;

/// Rough cost of a value, a row and a series beside their texts: for the cap, not for accounting.
const VALUE_BYTES: usize = 24;
const ROW_BYTES: usize = 64;
const SERIES_BYTES: usize = 256;

/// A bucket's points.
#[derive(Debug, Default)]
pub struct Bucket {
    measurements: BTreeMap<Text, Measurement>,
    stored_bytes: usize,
}

/// The series of a measurement, and its fields: their types hold for the whole measurement (influxd: for a shard).
#[derive(Debug, Default)]
pub struct Measurement {
    columns: Vec<(Text, FieldType)>,
    column_of: HashMap<Text, usize>,
    series: BTreeMap<TagSet, Series>,
}

/// Rows by time; a row has a value for some of the measurement's columns.
pub type Series = BTreeMap<UnixNanos, Row>;
pub type Row = Vec<Option<FieldValue>>;

impl Bucket {
    /// Stores the points that may be stored, and says which may not. `oldest` is the retention's edge, where it has one.
    pub fn write(&mut self, points: Vec<Point>, retention: Option<Retention>) -> Result<(), Rejection> {
        let mut outcome = Outcome { shard_nanos: shard_nanos(retention), ..Outcome::default() };
        for point in points {
            match retention.filter(|retention| point.at < retention.oldest) {
                Some(_) => outcome.too_old.add(&point),
                None => self.store(point, &mut outcome),
            }
        }
        outcome.into_result(retention)
    }

    fn store(&mut self, point: Point, outcome: &mut Outcome) {
        let measurement = self.measurements.entry(point.measurement.clone()).or_default();
        match measurement.accept(&point.measurement, point.fields) {
            Ok(accepted) => {
                if accepted.time_stripped {
                    outcome.stripped.get_or_insert_with(|| Rejection::time_stripped(&point.measurement));
                }
                self.stored_bytes += measurement.put(point.tags, point.at, accepted.values);
            }
            Err(reason) => outcome.drop_one(reason, point.at),
        }
    }

    /// Roughly how much memory the points take.
    pub fn stored_bytes(&self) -> usize {
        self.stored_bytes
    }

    pub fn measurement(&self, name: &Text) -> Option<&Measurement> {
        self.measurements.get(name)
    }
}

/// At most how much a write of `points` adds to [`Bucket::stored_bytes`].
pub fn cost_at_most(points: &[Point]) -> usize {
    let cost = |point: &Point| {
        let values: usize = point.fields.iter().map(|(name, value)| name.as_bytes().len() + value_cost(value)).sum();
        SERIES_BYTES + tags_cost(&point.tags) + ROW_BYTES + values
    };
    points.iter().map(cost).sum()
}

fn tags_cost(tags: &TagSet) -> usize {
    tags.iter().map(|(key, value)| key.as_bytes().len() + value.as_bytes().len()).sum()
}

fn value_cost(value: &FieldValue) -> usize {
    match value {
        FieldValue::String(text) => VALUE_BYTES + text.as_bytes().len(),
        _ => VALUE_BYTES,
    }
}

struct Accepted {
    values: Vec<(usize, FieldValue)>,
    time_stripped: bool,
}

impl Measurement {
    /// Finds the column of every field, making new ones; a point with one bad field is refused whole.
    fn accept(&mut self, name: &Text, fields: Vec<(Text, FieldValue)>) -> Result<Accepted, String> {
        if fields.iter().all(|(field, _)| is_time(field)) {
            return Err(Rejection::only_time(name));
        }
        let mut accepted = Accepted { values: Vec::with_capacity(fields.len()), time_stripped: false };
        for (field, value) in fields {
            if is_time(&field) {
                accepted.time_stripped = true;
                continue;
            }
            check_length(name, &field, &value)?;
            let column = self.column(name, field, value.field_type())?;
            accepted.values.push((column, value));
        }
        Ok(accepted)
    }

    fn column(&mut self, name: &Text, field: Text, wanted: FieldType) -> Result<usize, String> {
        if let Some(&column) = self.column_of.get(&field) {
            let existing = self.columns[column].1;
            return if existing == wanted {
                Ok(column)
            } else {
                Err(Rejection::conflict(name, &field, wanted, existing))
            };
        }
        self.columns.push((field.clone(), wanted));
        self.column_of.insert(field, self.columns.len() - 1);
        Ok(self.columns.len() - 1)
    }

    /// Merges values into the row of that series and time, and says what that added.
    fn put(&mut self, tags: TagSet, at: UnixNanos, values: Vec<(usize, FieldValue)>) -> usize {
        let mut added = 0;
        let tags_cost = tags_cost(&tags);
        let series = self.series.entry(tags).or_insert_with(|| {
            added += SERIES_BYTES + tags_cost;
            Series::new()
        });
        let row = series.entry(at).or_insert_with(|| {
            added += ROW_BYTES;
            Row::new()
        });
        for (column, value) in values {
            if row.len() <= column {
                row.resize(column + 1, None);
            }
            let before = row[column].as_ref().map_or(0, value_cost);
            added = (added + value_cost(&value)).saturating_sub(before);
            row[column] = Some(value);
        }
        added
    }

    /// Every field there is, in the order of first sight: a row's values stand in the same order.
    pub fn columns(&self) -> &[(Text, FieldType)] {
        &self.columns
    }

    /// The series in the order of their tag sets, after `after` where one is given.
    pub fn series_after(&self, after: Option<&TagSet>) -> impl Iterator<Item = (&TagSet, &Series)> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.series.range::<TagSet, _>((after.map_or(Unbounded, Excluded), Unbounded))
    }
}

fn is_time(field: &Text) -> bool {
    field.as_bytes() == b"time"
}

fn check_length(name: &Text, field: &Text, value: &FieldValue) -> Result<(), String> {
    match value {
        FieldValue::String(text) if text.as_bytes().len() > MAX_STRING_BYTES => {
            Err(Rejection::too_long(name, field, text.as_bytes().len()))
        }
        _ => Ok(()),
    }
}

/// How long a span of time influxd keeps in one shard: it writes each by itself, and tells of the first that refuses points.
fn shard_nanos(retention: Option<Retention>) -> i64 {
    const HOUR: i64 = 3_600_000_000_000;
    const DAY_S: u64 = 86_400;
    match retention.map(|retention| retention.duration.as_secs()) {
        Some(seconds) if seconds < 2 * DAY_S => HOUR,
        Some(seconds) if seconds < 180 * DAY_S => 24 * HOUR,
        Some(_) | None => 7 * 24 * HOUR,
    }
}

/// What went wrong in a write, gathered point by point.
#[derive(Default)]
struct Outcome {
    shard_nanos: i64,
    /// Of the shard that refused a point first.
    dropped: usize,
    refusing_shard: Option<i64>,
    first_reason: Option<String>,
    stripped: Option<String>,
    too_old: RetentionDrops,
}

impl Outcome {
    fn drop_one(&mut self, reason: String, at: UnixNanos) {
        let shard = at.0.div_euclid(self.shard_nanos);
        if *self.refusing_shard.get_or_insert(shard) == shard {
            self.dropped += 1;
        }
        self.first_reason.get_or_insert(reason);
    }

    /// influxd tells one kind only: refused points before stripped fields before points past retention.
    fn into_result(self, retention: Option<Retention>) -> Result<(), Rejection> {
        if let Some(reason) = self.first_reason {
            return Err(Rejection { reason, dropped: self.dropped, names_bucket: false });
        }
        if let Some(reason) = self.stripped {
            return Err(Rejection { reason, dropped: 0, names_bucket: true });
        }
        match retention.and_then(|retention| self.too_old.rejection(retention)) {
            Some(rejection) => Err(rejection),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
