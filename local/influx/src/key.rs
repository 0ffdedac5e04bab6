//! The first part of a line: measurement and tags.

use crate::parser::MAX_KEY_BYTES;
use crate::point::{TagSet, Text};
use crate::reason::Reason;

/// Keys that influxd keeps for itself, and how it shows them; the single bytes are its inner names of field and
/// measurement.
const RESERVED: [(&[u8], &str); 5] = [
    (b"\xff", r"\xff"),
    (b"\x00", r"\x00"),
    (b"_field", "_field"),
    (b"_measurement", "_measurement"),
    (b"time", "time"),
];

/// The identity of a series.
pub(crate) struct SeriesKey {
    pub(crate) measurement: Text,
    pub(crate) tags: TagSet,
}

/// Reads the key at the start of `line` (which has no leading space) and says where it ends.
pub(crate) fn scan(line: &[u8]) -> Result<(SeriesKey, usize), Reason> {
    let (name_end, has_tags) = scan_measurement(line)?;
    let (tags, end) = if has_tags { scan_tags(line, name_end + 1)? } else { (Vec::new(), name_end) };
    let tags = ordered(tags)?;
    if end > MAX_KEY_BYTES {
        return Err(Reason::KeyTooLong(end));
    }
    Ok((SeriesKey { measurement: unescaped(&line[..name_end], b",\" ="), tags }, end))
}

/// Where the measurement ends, and whether tags follow.
fn scan_measurement(line: &[u8]) -> Result<(usize, bool), Reason> {
    if line.first().is_none_or(|&first| first == b',') {
        return Err(Reason::MissingMeasurement);
    }
    let end = unescaped_byte(line, 1, b", ").ok_or(Reason::MissingFields)?;
    Ok((end, line[end] == b','))
}

type RawTag<'a> = (&'a [u8], &'a [u8]);

fn scan_tags(line: &[u8], from: usize) -> Result<(Vec<RawTag<'_>>, usize), Reason> {
    let (mut tags, mut start) = (Vec::new(), from);
    loop {
        let equals = scan_tag_key(line, start)?;
        let end = scan_tag_value(line, equals + 1)?;
        tags.push((&line[start..equals], &line[equals + 1..end]));
        if line[end] == b' ' {
            return Ok((tags, end));
        }
        start = end + 1;
    }
}

/// The position of the `=` after the tag key that starts at `start`.
fn scan_tag_key(line: &[u8], start: usize) -> Result<usize, Reason> {
    if line.get(start).is_none_or(|first| b" ,=".contains(first)) {
        return Err(Reason::MissingTagKey);
    }
    let end = unescaped_byte(line, start + 1, b" ,=").ok_or(Reason::MissingTagValue)?;
    if line[end] == b'=' { Ok(end) } else { Err(Reason::MissingTagValue) }
}

/// The position of the comma or space after the tag value that starts at `start`.
fn scan_tag_value(line: &[u8], start: usize) -> Result<usize, Reason> {
    if line.get(start).is_none_or(|first| b" ,".contains(first)) {
        return Err(Reason::MissingTagValue);
    }
    let end = unescaped_byte(line, start + 1, b" ,=").ok_or(Reason::MissingFields)?;
    if line[end] == b'=' { Err(Reason::InvalidTagFormat) } else { Ok(end) }
}

/// The first of `wanted` at or after `from` (which is not 0) that does not follow a backslash.
fn unescaped_byte(line: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    (from..line.len()).find(|&at| wanted.contains(&line[at]) && line[at - 1] != b'\\')
}

/// The tags in the order of their keys as written.
fn ordered(mut tags: Vec<RawTag<'_>>) -> Result<TagSet, Reason> {
    let reserved = |key: &[u8]| RESERVED.into_iter().find(|(bytes, _)| *bytes == key);
    if let Some((_, shown)) = tags.iter().find_map(|(key, _)| reserved(key)) {
        return Err(Reason::ReservedTagKey(shown));
    }
    tags.sort_by_key(|&(key, _)| key);
    if tags.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Reason::DuplicateTags);
    }
    let mut tags: TagSet =
        tags.into_iter().map(|(key, value)| (unescaped(key, b", ="), unescaped(value, b", ="))).collect();
    tags.sort();
    Ok(tags)
}

/// `raw` without the backslashes that stand before one of `escapable`; every other backslash is itself.
pub(crate) fn unescaped(raw: &[u8], escapable: &[u8]) -> Text {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match rest.peek() {
            Some(next) if byte == b'\\' && escapable.contains(next) => text.extend(rest.next()),
            _ => text.push(byte),
        }
    }
    Text::from(text)
}
