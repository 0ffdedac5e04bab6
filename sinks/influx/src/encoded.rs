//! A point as it waits to be written: its line, and the key by which a newer revision takes its place.

use std::fmt;

use adx_events::time::WindowStart;

use crate::line_protocol::{EncodeError, Line};

/// How far the state behind a point had come; of two points with one key the greater revision holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

/// One line of line protocol, its end included.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedPoint {
    line: Box<str>,
    series_bytes: usize,
    at: WindowStart,
    revision: Revision,
}

/// What makes two points one in InfluxDB: measurement, tags and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PointKey<'a> {
    series: &'a str,
    at: WindowStart,
}

impl EncodedPoint {
    pub fn new(line: Line<'_>, revision: Revision) -> Result<Self, EncodeError> {
        let (at, mut text) = (line.at(), String::new());
        let series_bytes = line.write_parts(&mut text)?;
        Ok(Self { line: text.into_boxed_str(), series_bytes, at, revision })
    }

    /// The line with its end; timestamps are seconds.
    pub fn line(&self) -> &str {
        &self.line
    }

    pub fn revision(&self) -> Revision {
        self.revision
    }

    pub fn at(&self) -> WindowStart {
        self.at
    }

    pub(crate) fn key(&self) -> PointKey<'_> {
        PointKey { series: &self.line[..self.series_bytes], at: self.at }
    }

    /// Measurement and tags as written.
    pub(crate) fn series(&self) -> &str {
        &self.line[..self.series_bytes]
    }

    /// Fields as written, without the timestamp; names and values of ours hold neither space nor comma.
    pub(crate) fn fields(&self) -> &str {
        let rest = self.line[self.series_bytes..].trim();
        rest.rsplit_once(' ').map_or(rest, |(fields, _)| fields)
    }

    /// Whether influxd's splitter of lines takes a quote in a tag for the start of a string and runs on into the line behind it: it skips a
    /// backslash with whatever follows, which its reader of tags does not (`scanLine` and `scanTagsValue` of models/points.go). Such a
    /// point is the last one of its body.
    pub(crate) fn runs_on(&self) -> bool {
        self.series().contains('"') && is_in_string(self.line.trim_end().as_bytes())
    }

    /// What it takes in memory, about.
    pub(crate) fn cost(&self) -> usize {
        self.line.len() + size_of::<Self>()
    }
}

impl fmt::Debug for EncodedPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rev {}", self.line.trim_end(), self.revision.0)
    }
}

/// Whether influxd's splitter believes to be within a string at the end of the line.
fn is_in_string(line: &[u8]) -> bool {
    let (mut quoted, mut in_fields, mut equals, mut commas, mut at) = (false, false, 0, 0, 0);
    while let Some(&byte) = line.get(at) {
        if byte == b'\\' && at + 2 < line.len() {
            at += 2;
            continue;
        }
        in_fields |= byte == b' ';
        match byte {
            b'=' if in_fields && !quoted => equals += 1,
            b',' if in_fields && !quoted => commas += 1,
            b'"' if in_fields && equals > commas => quoted = !quoted,
            _ => {}
        }
        at += 1;
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_knows_its_parts() {
        let at = WindowStart::from_seconds(60).expect("a small number");
        let line = Line::new("m", at).tag("t", "a b").integer("f", -1).boolean("g", true);
        let point = EncodedPoint::new(line, Revision(7)).expect("a valid point");
        assert_eq!(point.line(), "m,t=a\\ b f=-1i,g=true 60\n");
        assert_eq!((point.series(), point.fields()), ("m,t=a\\ b", "f=-1i,g=true"));
        assert_eq!(format!("{point:?}"), "m,t=a\\ b f=-1i,g=true 60 rev 7");
    }

    #[test]
    fn a_quote_behind_backslashes_runs_on() {
        let at = WindowStart::from_seconds(60).expect("a small number");
        let point = |a, b| EncodedPoint::new(Line::new("m", at).tag("a", a).tag("b", b).integer("f", 1), Revision(0));
        for (a, b, expected) in
            [("\\ ", "\\=\"", true), ("\\ ", "=\"", false), ("x", "\"", false), ("\\ ", "\\=\"\"", false)]
        {
            assert_eq!(point(a, b).expect("a valid point").runs_on(), expected, "{a} {b}");
        }
    }
}
