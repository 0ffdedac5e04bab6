//! Line protocol as influxd 2.x reads it, oddities included; pure, and linear in the input's length.
//! [`crate::key`] reads measurement and tags, [`crate::fields`] the field values.

use crate::point::{Point, UnixNanos};
use crate::reason::Reason;
use crate::{fields, key};

/// Longest measurement with tags as written, and the same with a field key and 4 bytes more.
pub const MAX_KEY_BYTES: usize = 65_535;

/// The unit of timestamps in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
}

impl Precision {
    /// The precision that a request's `precision` parameter names; absent means nanoseconds.
    pub fn from_parameter(parameter: Option<&str>) -> Option<Self> {
        match parameter.unwrap_or_default() {
            "" | "ns" => Some(Self::Nanoseconds),
            "us" => Some(Self::Microseconds),
            "ms" => Some(Self::Milliseconds),
            "s" => Some(Self::Seconds),
            _ => None,
        }
    }

    const fn nanos(self) -> i64 {
        match self {
            Self::Nanoseconds => 1,
            Self::Microseconds => 1_000,
            Self::Milliseconds => 1_000_000,
            Self::Seconds => 1_000_000_000,
        }
    }
}

/// A line that is no point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    pub line: Vec<u8>,
    pub reason: Reason,
}

/// What a request body holds. influxd stores nothing of a body that has a bad line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    pub points: Vec<Point>,
    pub bad: Vec<BadLine>,
}

/// Reads every line of `body`; a point without a timestamp is at `now`, cut to the precision.
pub fn parse(body: &[u8], precision: Precision, now: UnixNanos) -> Parsed {
    let mut parsed = Parsed::default();
    let mut rest = body;
    while !rest.is_empty() {
        let end = line_end(rest);
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        let line = &line[skip_space(line, 0)..];
        if line.is_empty() || line[0] == b'#' {
            continue;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line); // an escaped line end at the end of the body
        match parse_line(line, precision, now) {
            Ok(point) => parsed.points.push(point),
            Err(reason) => parsed.bad.push(BadLine { line: line.to_vec(), reason }),
        }
    }
    parsed
}

/// Where the first line of `body` ends: at a line end that is neither escaped nor inside a quoted field value.
fn line_end(body: &[u8]) -> usize {
    let (mut at, mut in_fields, mut quoted) = (0, false, false);
    let (mut equals, mut commas) = (0_usize, 0_usize);
    while at < body.len() {
        let byte = body[at];
        if byte == b'\\' && at + 2 < body.len() {
            at += 2;
            continue;
        }
        in_fields |= byte == b' ';
        match byte {
            b'=' if in_fields && !quoted => equals += 1,
            b',' if in_fields && !quoted => commas += 1,
            b'"' if in_fields && equals > commas => quoted = !quoted,
            b'\n' if !quoted => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

fn parse_line(line: &[u8], precision: Precision, now: UnixNanos) -> Result<Point, Reason> {
    let (series, after_key) = key::scan(line)?;
    let (values, after_fields) = fields::scan(line, after_key)?;
    for value in &values {
        let bytes = after_key + 4 + value.key.len();
        if bytes > MAX_KEY_BYTES {
            return Err(Reason::KeyTooLong(bytes));
        }
    }
    let at = scan_time(line, after_fields, precision)?
        .unwrap_or(UnixNanos(now.0.div_euclid(precision.nanos()) * precision.nanos()));
    let fields = values.into_iter().map(fields::RawField::decode).collect::<Result<_, _>>()?;
    Ok(Point { measurement: series.measurement, tags: series.tags, fields, at })
}

/// The timestamp at or after `from`, where there is one; nothing but spaces may follow it.
fn scan_time(line: &[u8], from: usize, precision: Precision) -> Result<Option<UnixNanos>, Reason> {
    let start = skip_space(line, from);
    let mut end = start;
    while let Some(&byte) = line.get(end).filter(|byte| !matches!(byte, b'\n' | b' ')) {
        let minus = byte == b'-' && end == start;
        if !minus && !byte.is_ascii_digit() {
            return Err(Reason::BadTimestamp);
        }
        end += 1;
    }
    if end == start {
        return Ok(None);
    }
    let digits = String::from_utf8_lossy(&line[start..end]).into_owned();
    let at = to_nanos(digits, precision)?;
    if line[end..].iter().any(|&byte| byte != b' ') {
        return Err(Reason::InvalidPoint);
    }
    Ok(Some(at))
}

fn to_nanos(digits: String, precision: Precision) -> Result<UnixNanos, Reason> {
    if digits == "-" {
        return Err(Reason::TimestampSyntax(digits));
    }
    let count: i64 = digits.parse().map_err(|_| Reason::TimestampOutOfRange(digits))?;
    let nanos = count.checked_mul(precision.nanos()).ok_or(Reason::TimeOutsideRange)?;
    // The two lowest and the highest value serve influxd as sentinels.
    if !(i64::MIN + 2..i64::MAX).contains(&nanos) {
        return Err(Reason::TimeOutsideRange);
    }
    Ok(UnixNanos(nanos))
}

/// The first position at or after `from` that is not a space, a tab or NUL.
pub(crate) fn skip_space(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | 0)).count()
}

#[cfg(test)]
#[path = "parser_tests.rs"]
mod tests;
