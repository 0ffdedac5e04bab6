//! Pivoted points as annotated CSV, byte for byte as influxd's encoder writes them: one table per series, a new header
//! block where the schema changes, CRLF line ends. Made in chunks, so that a long answer is never held whole.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::point::{FieldType, FieldValue, TagSet, Text, UnixNanos};
use crate::rfc3339;
use crate::store::{Measurement, Row, Series};

/// A chunk ends with the series that takes it past this size.
const CHUNK_BYTES: usize = 64 * 1024;

/// The times a query reads: from `start`, before `stop`.
#[derive(Debug, Clone, Copy)]
pub struct TimeRange {
    pub start: UnixNanos,
    pub stop: UnixNanos,
}

/// The answer to a query for every point of a measurement, and how far it has been written.
#[derive(Debug)]
pub struct PointsAnswer {
    measurement: Text,
    range: TimeRange,
    dialect: Dialect,
    after: Option<TagSet>,
    schema: Option<Vec<Column>>,
    tables: usize,
    ended: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    label: Text,
    datatype: &'static str,
    in_group_key: bool,
}

impl PointsAnswer {
    pub fn new(measurement: Text, range: TimeRange, dialect: Dialect) -> Self {
        Self { measurement, range, dialect, after: None, schema: None, tables: 0, ended: false }
    }

    /// The next bytes of the answer, `None` at its end; `stored` is the measurement as it is now, where there is one.
    pub fn next_chunk(&mut self, stored: Option<&Measurement>) -> Option<Vec<u8>> {
        if self.ended {
            return None;
        }
        let mut chunk = Vec::new();
        if let Some(stored) = stored {
            let after = self.after.take();
            for (tags, series) in stored.series_after(after.as_ref()) {
                self.write_table(&mut chunk, stored, tags, series);
                if chunk.len() >= CHUNK_BYTES {
                    self.after = Some(tags.clone());
                    return Some(chunk);
                }
            }
        }
        self.ended = true;
        chunk.extend_from_slice(b"\r\n"); // the end of the result
        Some(chunk)
    }

    fn write_table(&mut self, out: &mut Vec<u8>, stored: &Measurement, tags: &TagSet, series: &Series) {
        let mut rows = series.range(self.range.start..self.range.stop).peekable();
        if rows.peek().is_none() {
            return;
        }
        let used = used_columns(stored, series);
        let schema = schema(stored, tags, &used);
        if self.schema.as_ref() != Some(&schema) {
            if self.schema.is_some() {
                out.extend_from_slice(b"\r\n");
            }
            self.write_header(out, &schema);
        }
        let group = group_values(&self.measurement, tags);
        let table = self.tables.to_string();
        let result = if self.dialect.defaults { "" } else { "_result" };
        for (&at, row) in rows {
            let at = rfc3339::text(at);
            let fixed = ["", result, &table, &at].map(|cell| Cow::Borrowed(cell.as_bytes()));
            let group = group.iter().map(|value| Cow::Borrowed(value.as_bytes()));
            write_record(out, fixed.into_iter().chain(group).chain(used.iter().map(|&column| cell(row, column))));
        }
        self.tables += 1;
        self.schema = Some(schema);
    }

    fn write_header(&self, out: &mut Vec<u8>, schema: &[Column]) {
        let mut line = |fixed: [&str; 3], cell: &dyn Fn(&Column) -> String| {
            let fixed = fixed.map(|cell| Cow::Borrowed(cell.as_bytes()));
            write_record(
                out,
                fixed.into_iter().chain(schema.iter().map(|column| Cow::Owned(cell(column).into_bytes()))),
            );
        };
        if self.dialect.datatypes {
            line(["#datatype", "string", "long"], &|column| column.datatype.into());
        }
        if self.dialect.groups {
            line(["#group", "false", "false"], &|column| column.in_group_key.to_string());
        }
        if self.dialect.defaults {
            line(["#default", "_result", ""], &|_| String::new());
        }
        if self.dialect.header {
            line(["", "result", "table"], &|column| column.label.to_string());
        }
    }
}

/// The columns that some row of the series has a value for, in the order of their names.
fn used_columns(stored: &Measurement, series: &Series) -> Vec<usize> {
    let mut used = vec![false; stored.columns().len()];
    for row in series.values() {
        row.iter().enumerate().for_each(|(column, value)| used[column] |= value.is_some());
    }
    let mut columns: Vec<usize> = (0..used.len()).filter(|&column| used[column]).collect();
    columns.sort_by_key(|&column| &stored.columns()[column].0);
    columns
}

/// The group key's values: the measurement stands among the tags, in the order of the keys.
fn group_values<'a>(measurement: &'a Text, tags: &'a TagSet) -> Vec<&'a Text> {
    let before = tags.iter().take_while(|(key, _)| key.as_bytes() < b"_measurement".as_slice()).count();
    let mut values: Vec<&Text> = tags.iter().map(|(_, value)| value).collect();
    values.insert(before, measurement);
    values
}

fn schema(stored: &Measurement, tags: &TagSet, used: &[usize]) -> Vec<Column> {
    let mut labels: Vec<Text> = tags.iter().map(|(key, _)| key.clone()).collect();
    labels.push(Text::from("_measurement"));
    labels.sort();
    let time = Column { label: Text::from("_time"), datatype: "dateTime:RFC3339", in_group_key: false };
    let group = labels.into_iter().map(|label| Column { label, datatype: "string", in_group_key: true });
    let fields = used.iter().map(|&column| {
        let (name, field_type) = &stored.columns()[column];
        Column { label: name.clone(), datatype: datatype(*field_type), in_group_key: false }
    });
    std::iter::once(time).chain(group).chain(fields).collect()
}

fn datatype(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Float => "double",
        FieldType::Integer => "long",
        FieldType::Unsigned => "unsignedLong",
        FieldType::Boolean => "boolean",
        FieldType::String => "string",
    }
}

fn cell(row: &Row, column: usize) -> Cow<'_, [u8]> {
    let printed = |value: &dyn std::fmt::Display| Cow::Owned(value.to_string().into_bytes());
    match row.get(column).and_then(Option::as_ref) {
        None => Cow::Borrowed(&[]),
        Some(FieldValue::Float(value)) => printed(value),
        Some(FieldValue::Integer(value)) => printed(value),
        Some(FieldValue::Unsigned(value)) => printed(value),
        Some(FieldValue::Boolean(value)) => Cow::Borrowed(if *value { b"true" } else { b"false" }),
        Some(FieldValue::String(value)) => Cow::Borrowed(value.as_bytes()),
    }
}

pub(crate) fn write_record<'a>(out: &mut Vec<u8>, cells: impl Iterator<Item = Cow<'a, [u8]>>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_cell(out, &cell);
    }
    out.extend_from_slice(b"\r\n");
}

/// As Go's encoding/csv does it for CRLF files: a CR inside a cell is lost, an LF becomes CRLF.
fn write_cell(out: &mut Vec<u8>, cell: &[u8]) {
    if !needs_quotes(cell) {
        out.extend_from_slice(cell);
        return;
    }
    out.push(b'"');
    for &byte in cell {
        match byte {
            b'"' => out.extend_from_slice(b"\"\""),
            b'\r' => {}
            b'\n' => out.extend_from_slice(b"\r\n"),
            other => out.push(other),
        }
    }
    out.push(b'"');
}

fn needs_quotes(cell: &[u8]) -> bool {
    let starts_with_space = || String::from_utf8_lossy(cell).starts_with(char::is_whitespace);
    cell == br"\." || cell.iter().any(|byte| b",\"\r\n".contains(byte)) || (!cell.is_empty() && starts_with_space())
}

#[cfg(test)]
#[path = "annotated_csv_tests.rs"]
mod tests;
