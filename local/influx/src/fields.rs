//! The second part of a line: field keys and values.

use crate::key::unescaped;
use crate::number;
use crate::parser::skip_space;
use crate::point::{FieldValue, Text};
use crate::reason::Reason;

/// A field as it stands in the line.
pub(crate) struct RawField<'a> {
    pub(crate) key: &'a [u8],
    value: &'a [u8],
}

/// Reads the fields at or after `from` and says where they end.
pub(crate) fn scan(line: &[u8], from: usize) -> Result<(Vec<RawField<'_>>, usize), Reason> {
    let start = skip_space(line, from);
    let end = scan_extent(line, start)?;
    Ok((split(&line[start..end])?, end))
}

/// Where the fields that start at `start` end, once their form is checked.
fn scan_extent(line: &[u8], start: usize) -> Result<usize, Reason> {
    let (mut at, mut quoted) = (start, false);
    let (mut equals, mut commas) = (0_usize, 0_usize);
    while at < line.len() {
        match line[at] {
            b'\\' if at + 1 < line.len() => at += 1, // the next byte stands for itself
            b'"' if equals > commas => quoted = !quoted,
            _ if quoted => {}
            b'=' => {
                equals += 1;
                check_key_before(line, at)?;
                if let Some(end) = value_end(line, at + 1)? {
                    at = end;
                    continue;
                }
            }
            b',' => commas += 1,
            b' ' => break,
            _ => {}
        }
        at += 1;
    }
    if quoted {
        return Err(Reason::UnbalancedQuotes);
    }
    if equals == 0 || commas != equals - 1 {
        return Err(Reason::InvalidFieldFormat);
    }
    Ok(at)
}

/// A key stands before the `=` at `at`: neither a space nor a comma that is not escaped.
fn check_key_before(line: &[u8], at: usize) -> Result<(), Reason> {
    let before = |back: usize| at.checked_sub(back).map(|index| line[index]);
    match before(1) {
        Some(b' ' | b',') if before(2) != Some(b'\\') => Err(Reason::MissingFieldKey),
        _ => Ok(()),
    }
}

/// Where the number or boolean at `start` ends; `None` for a string, which the caller's quotes delimit.
fn value_end(line: &[u8], start: usize) -> Result<Option<usize>, Reason> {
    match line.get(start) {
        None | Some(b',' | b' ') => Err(Reason::MissingFieldValue),
        Some(b'"') => Ok(None),
        Some(b'0'..=b'9' | b'.' | b'-' | b'N' | b'n') => number::scan(line, start).map(Some),
        Some(_) => scan_boolean(line, start).map(Some),
    }
}

fn scan_boolean(line: &[u8], start: usize) -> Result<usize, Reason> {
    let end = number::end_of_value(line, start);
    boolean(&line[start..end]).map(|_| end).ok_or(Reason::InvalidBoolean)
}

fn boolean(value: &[u8]) -> Option<bool> {
    match value {
        b"t" | b"T" | b"true" | b"TRUE" | b"True" => Some(true),
        b"f" | b"F" | b"false" | b"FALSE" | b"False" => Some(false),
        _ => None,
    }
}

/// Cuts checked fields into keys and values. Here an escape is a backslash right before, which is not what the check
/// takes for one: influxd refuses where the two disagree.
fn split(fields: &[u8]) -> Result<Vec<RawField<'_>>, Reason> {
    let (mut split, mut rest) = (Vec::new(), fields);
    while !rest.is_empty() {
        let equals = (0..rest.len()).find(|&at| rest[at] == b'=' && (at == 0 || rest[at - 1] != b'\\'));
        let key_end = equals.unwrap_or(rest.len());
        if key_end + 2 > rest.len() {
            return Err(Reason::InvalidFieldKey(String::from_utf8_lossy(&rest[..key_end]).into_owned()));
        }
        let (key, after) = (&rest[..key_end], &rest[key_end + 1..]);
        let value_end = end_of_field(after);
        split.push(RawField { key, value: &after[..value_end] });
        rest = after.get(value_end + 1..).unwrap_or_default();
    }
    Ok(split)
}

/// The position of the comma after the value that `bytes` starts with.
fn end_of_field(bytes: &[u8]) -> usize {
    let (mut at, mut quoted) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if matches!(bytes.get(at + 1), Some(b'"' | b'\\')) => at += 1,
            b'"' => quoted = !quoted,
            b',' if !quoted => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

impl RawField<'_> {
    /// The field as stored.
    pub(crate) fn decode(self) -> Result<(Text, FieldValue), Reason> {
        if self.key.is_empty() {
            return Err(Reason::MissingFieldKey);
        }
        let value = match self.value {
            [b'"', .., _] => FieldValue::String(string(&self.value[1..self.value.len() - 1])),
            [b'0'..=b'9' | b'.' | b'-' | b'N' | b'n', ..] => number::decode(self.value)?,
            other => FieldValue::Boolean(boolean(other).ok_or(Reason::InvalidBoolean)?),
        };
        Ok((unescaped(self.key, b",\" ="), value))
    }
}

fn string(inner: &[u8]) -> Text {
    unescaped(inner, b"\"\\")
}
