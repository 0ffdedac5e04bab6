//! Points that InfluxDB does not take: why, and which of a batch they are.

use std::collections::HashMap;
use std::fmt;

use crate::encoded::EncodedPoint;

/// Why InfluxDB refuses a point for good: a closed list, each a label of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalReason {
    /// The line is no line protocol to this server.
    Malformed,
    /// Older than the bucket keeps.
    Retention,
    /// The field has another type already.
    TypeConflict,
    /// A value longer than InfluxDB stores.
    TooLong,
    FieldName,
    /// Too much for the server, or a proxy before it, even alone.
    TooLarge,
    Other,
}

impl RefusalReason {
    pub const ALL: [Self; 7] = [
        Self::Malformed,
        Self::Retention,
        Self::TypeConflict,
        Self::TooLong,
        Self::FieldName,
        Self::TooLarge,
        Self::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Retention => "retention",
            Self::TypeConflict => "type_conflict",
            Self::TooLong => "too_long",
            Self::FieldName => "field_name",
            Self::TooLarge => "too_large",
            Self::Other => "other",
        }
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// The reason that the message of a partial write tells: of several the first alone.
    pub(super) fn of_partial_write(message: &str) -> Self {
        let told = [
            ("outside retention policy", Self::Retention),
            ("field type conflict", Self::TypeConflict),
            ("invalid field name", Self::FieldName),
            ("is too long", Self::TooLong),
        ];
        told.into_iter().find(|(words, _)| message.contains(words)).map_or(Self::Other, |(_, reason)| reason)
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Points that are refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub reason: RefusalReason,
    /// In the server's words.
    pub cause: String,
    pub points: Vec<EncodedPoint>,
}

/// How a message begins to quote a line; after the line stands `': ` and the reason.
const QUOTE: &str = "unable to parse '";
const AFTER_QUOTE: &str = "': ";

/// Finds the lines that the message of a 400 quotes: each with what is said of it, the rest as it was.
pub(super) fn take_quoted(points: Vec<EncodedPoint>, message: &str) -> (Vec<Refusal>, Vec<EncodedPoint>) {
    let lines: HashMap<&str, usize> =
        points.iter().enumerate().map(|(at, point)| (point.line().trim_end_matches('\n'), at)).collect();
    let mut causes: HashMap<usize, &str> = HashMap::new();
    for quote in message.split(QUOTE).skip(1) {
        let ends = quote.match_indices(AFTER_QUOTE);
        let found =
            ends.filter_map(|(end, _)| Some((*lines.get(&quote[..end])?, &quote[end + AFTER_QUOTE.len()..]))).next();
        causes.extend(found);
    }
    let (mut refused, mut rest): (Vec<Refusal>, _) = (Vec::new(), Vec::new());
    let mut told: Vec<Option<String>> = vec![None; points.len()];
    for (at, cause) in causes {
        told[at] = Some(cause.trim_end().to_owned());
    }
    for (point, cause) in points.into_iter().zip(told) {
        match (cause, refused.last_mut()) {
            (None, _) => rest.push(point),
            (Some(cause), Some(last)) if last.cause == cause => last.points.push(point),
            (Some(cause), _) => refused.push(Refusal { reason: RefusalReason::Malformed, cause, points: vec![point] }),
        }
    }
    (refused, rest)
}

/// Parts a batch that was stored in part: those that the message seems to mean, and the others. Only a guess: of one shard's points,
/// for the first reason, and a field's type is that of its shard.
pub(super) fn part_suspects(points: Vec<EncodedPoint>, message: &str) -> (Vec<EncodedPoint>, Vec<EncodedPoint>) {
    if let Some(edge) = retention_edge(message) {
        return points.into_iter().partition(|point| point.at().as_seconds() < edge);
    }
    if let Some(conflict) = Conflict::told_in(message) {
        return points.into_iter().partition(|point| conflict.fits(point));
    }
    (Vec::new(), points)
}

/// The oldest second that a bucket takes, as a partial write tells it.
fn retention_edge(message: &str) -> Option<i64> {
    let (_, after) = message.split_once("Lower Bound at ")?;
    let end = after.find([',', ' ']).unwrap_or(after.len());
    let whole = after[..end].split(['.', 'Z']).next()?;
    let edge = crate::client::instant_of(&format!("{whole}Z"))?;
    // A part of a second later; points stand at whole ones.
    Some(edge.as_seconds() + i64::from(after[..end].contains('.')))
}

/// A field that came with another type than it has.
struct Conflict<'a> {
    field: &'a str,
    measurement: &'a str,
    came_as: &'a str,
}

impl<'a> Conflict<'a> {
    fn told_in(message: &'a str) -> Option<Self> {
        let (_, after) = message.split_once("input field \"")?;
        let (field, after) = after.split_once("\" on measurement \"")?;
        let (measurement, after) = after.split_once("\" is type ")?;
        let came_as = after.split(',').next()?;
        Some(Self { field, measurement, came_as })
    }

    fn fits(&self, point: &EncodedPoint) -> bool {
        let named = point.series().split(',').next() == Some(self.measurement);
        named
            && point
                .fields()
                .split(',')
                .filter_map(|field| field.split_once('='))
                .any(|(name, value)| name == self.field && type_of(value) == self.came_as)
    }
}

/// The type of a value as written, in influxd's words.
fn type_of(value: &str) -> &'static str {
    match value.as_bytes() {
        [b'"', ..] => "string",
        [.., b'i'] => "integer",
        [.., b'u'] => "unsigned",
        [b't' | b'T' | b'f' | b'F', ..] => "boolean",
        _ => "float",
    }
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
