//! The writer's line protocol: one point in, one line out, and nothing a value can do about it.
//!
//! A value that InfluxDB cannot hold exactly is refused, not mended: two values mended alike would overwrite each
//! other's totals. Everything that `adx_events::tag::is_tag_value` passes is held byte for byte.

use std::fmt::Write;

use adx_events::time::WindowStart;

/// Longest key InfluxDB takes: measurement and tags as written, a field's key and 4 bytes.
const KEY_BYTES_MAX: usize = 65_535;
/// Names come from the schema and are short.
const NAME_BYTES_MAX: usize = 64;
/// Tag keys and a field key that InfluxDB keeps for itself.
const RESERVED: [&str; 3] = ["_field", "_measurement", "time"];

/// A field's value: counts and micros as integers, flags as booleans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValue {
    Integer(i64),
    Boolean(bool),
}

/// Why a point cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    #[error("a point's name {name:?} is reserved, or not 1 to {NAME_BYTES_MAX} of a-z, A-Z, 0-9 and _")]
    Name { name: String },
    #[error("tag {key} of a point of {measurement} has a value that influxdb cannot hold exactly: {value:?}")]
    TagValue { measurement: String, key: String, value: String },
    #[error("a point of {measurement} names {key} twice")]
    Twice { measurement: String, key: String },
    #[error("a point of {measurement} has no field")]
    NoField { measurement: String },
    #[error("a point of {measurement} has a key of {bytes} bytes, influxdb takes {KEY_BYTES_MAX}")]
    KeyTooLong { measurement: String, bytes: usize },
}

/// A point on its way to a line.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    measurement: &'a str,
    tags: Vec<(&'a str, &'a str)>,
    fields: Vec<(&'a str, FieldValue)>,
    at: WindowStart,
}

impl<'a> Line<'a> {
    pub fn new(measurement: &'a str, at: WindowStart) -> Self {
        Self { measurement, tags: Vec::new(), fields: Vec::new(), at }
    }

    #[must_use]
    pub fn tag(mut self, key: &'a str, value: &'a str) -> Self {
        self.tags.push((key, value));
        self
    }

    #[must_use]
    pub fn field(mut self, key: &'a str, value: FieldValue) -> Self {
        self.fields.push((key, value));
        self
    }

    #[must_use]
    pub fn integer(self, key: &'a str, value: i64) -> Self {
        self.field(key, FieldValue::Integer(value))
    }

    #[must_use]
    pub fn boolean(self, key: &'a str, value: bool) -> Self {
        self.field(key, FieldValue::Boolean(value))
    }

    /// Appends the line and its end to `out`; on an error `out` is as before. Timestamps are seconds.
    pub fn write_to(self, out: &mut String) -> Result<(), EncodeError> {
        self.write_parts(out).map(drop)
    }

    /// As [`Line::write_to`]; also how many bytes measurement and tags take.
    pub(crate) fn write_parts(mut self, out: &mut String) -> Result<usize, EncodeError> {
        self.tags.sort_unstable(); // the order InfluxDB would bring them into
        self.check()?;
        let start = out.len();
        self.write_key(out);
        let series_bytes = out.len() - start;
        let longest = self.fields.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
        let bytes = series_bytes + 4 + longest;
        if bytes > KEY_BYTES_MAX {
            out.truncate(start);
            return Err(EncodeError::KeyTooLong { measurement: self.measurement.into(), bytes });
        }
        self.write_fields(out);
        Ok(series_bytes)
    }

    pub(crate) fn at(&self) -> WindowStart {
        self.at
    }

    fn check(&self) -> Result<(), EncodeError> {
        let measurement = || self.measurement.to_owned();
        check_name(self.measurement)?;
        if self.fields.is_empty() {
            return Err(EncodeError::NoField { measurement: measurement() });
        }
        for (key, value) in &self.tags {
            check_name(key)?;
            if !can_be_held(value) {
                let (key, value) = ((*key).into(), (*value).into());
                return Err(EncodeError::TagValue { measurement: measurement(), key, value });
            }
        }
        self.fields.iter().try_for_each(|(key, _)| check_name(key))?;
        let tag_keys = self.tags.iter().map(|(key, _)| *key);
        match first_twice(tag_keys.chain(self.fields.iter().map(|(key, _)| *key)).collect()) {
            Some(key) => Err(EncodeError::Twice { measurement: measurement(), key: key.into() }),
            None => Ok(()),
        }
    }

    fn write_key(&self, out: &mut String) {
        out.push_str(self.measurement);
        for (key, value) in &self.tags {
            out.push(',');
            out.push_str(key);
            out.push('=');
            for letter in value.chars() {
                if matches!(letter, ',' | '=' | ' ') {
                    out.push('\\');
                }
                out.push(letter);
            }
        }
    }

    fn write_fields(&self, out: &mut String) {
        for (index, (key, value)) in self.fields.iter().enumerate() {
            out.push(if index == 0 { ' ' } else { ',' });
            // Writing to a string cannot fail.
            let _ = match value {
                FieldValue::Integer(value) => write!(out, "{key}={value}i"),
                FieldValue::Boolean(value) => write!(out, "{key}={value}"),
            };
        }
        let _ = writeln!(out, " {}", self.at.as_seconds());
    }
}

/// Also a field and a tag of one name are refused: they would be one column when read back.
fn first_twice(mut keys: Vec<&str>) -> Option<&str> {
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

fn check_name(name: &str) -> Result<(), EncodeError> {
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !letters || name.is_empty() || name.len() > NAME_BYTES_MAX || RESERVED.contains(&name) {
        return Err(EncodeError::Name { name: name.into() });
    }
    Ok(())
}

/// Whether the value survives the way into InfluxDB and back: not empty, no control character, no backslash at the end.
fn can_be_held(value: &str) -> bool {
    !value.is_empty() && !value.ends_with('\\') && !value.bytes().any(|byte| byte < 0x20 || byte == 0x7f)
}

#[cfg(test)]
#[path = "line_protocol_tests.rs"]
mod tests;
