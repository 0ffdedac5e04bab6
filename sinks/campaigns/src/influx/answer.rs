//! Reads annotated CSV, as queries are answered with, into points; in chunks of any size, a row at a time.

use std::collections::BTreeMap;

use adx_events::time::WindowStart;

use super::instant;
use crate::line_protocol::FieldValue;

/// Longest row; ours are far below.
const ROW_BYTES_MAX: usize = 1024 * 1024;
/// Annotation, result and table stand before a table's own columns.
const OWN_COLUMNS_FROM: usize = 3;

/// A point as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    pub measurement: String,
    pub tags: BTreeMap<String, String>,
    pub fields: BTreeMap<String, FieldValue>,
    pub at: WindowStart,
}

/// An answer that is not what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error("the query failed amid its answer: {message}")]
    Failed { message: String },
    #[error("a row is longer than {ROW_BYTES_MAX} bytes")]
    RowTooLong,
    #[error("a row is not csv in utf-8")]
    Csv(#[from] csv::Error),
    #[error("row {row:?} is not one of the points asked for")]
    Row { row: String },
}

/// What has been read of an answer.
#[derive(Debug, Default)]
pub(super) struct PointsReader {
    /// The start of a row whose end has not come yet.
    pending: Vec<u8>,
    block: Block,
}

/// The annotations and the header of the tables being read.
#[derive(Debug, Default)]
struct Block {
    datatypes: Vec<String>,
    groups: Vec<String>,
    defaults: Vec<String>,
    labels: Option<Vec<String>>,
}

impl PointsReader {
    /// Takes the next bytes of the answer, and gives every point they complete to `each`.
    pub(super) fn push(&mut self, chunk: &[u8], each: &mut impl FnMut(Point)) -> Result<(), AnswerError> {
        self.pending.extend_from_slice(chunk);
        let end = whole_rows(&self.pending);
        if self.pending.len() - end > ROW_BYTES_MAX {
            return Err(AnswerError::RowTooLong);
        }
        let rest = self.pending.split_off(end);
        let rows = std::mem::replace(&mut self.pending, rest);
        self.read_rows(&rows, each)
    }

    /// Reads what is left once the answer has ended.
    pub(super) fn finish(mut self, each: &mut impl FnMut(Point)) -> Result<(), AnswerError> {
        let rows = std::mem::take(&mut self.pending);
        self.read_rows(&rows, each)
    }

    fn read_rows(&mut self, rows: &[u8], each: &mut impl FnMut(Point)) -> Result<(), AnswerError> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rows);
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row)? {
            if let Some(point) = self.block.take(&row)? {
                each(point);
            }
        }
        Ok(())
    }
}

/// Where the last row that is whole ends: a line end outside quotes. Quotes inside a quoted cell come in pairs.
fn whole_rows(bytes: &[u8]) -> usize {
    let (mut quoted, mut end) = (false, 0);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => end = at + 1,
            _ => {}
        }
    }
    end
}

impl Block {
    /// Takes an annotation, a header, or a row, which is a point.
    fn take(&mut self, row: &csv::StringRecord) -> Result<Option<Point>, AnswerError> {
        let cells = || row.iter().map(str::to_owned).collect();
        match row.get(0) {
            Some("#datatype") => *self = Self { datatypes: cells(), ..Self::default() },
            Some("#group") => self.groups = cells(),
            Some("#default") => self.defaults = cells(),
            _ if self.labels.is_none() => self.labels = Some(cells()),
            _ => return self.point(row).map(Some),
        }
        Ok(None)
    }

    fn point(&self, row: &csv::StringRecord) -> Result<Point, AnswerError> {
        let labels = self.labels.as_deref().unwrap_or_default();
        if labels.get(1).is_some_and(|label| label == "error") {
            return Err(AnswerError::Failed { message: row.get(1).unwrap_or_default().to_owned() });
        }
        self.assemble(labels, row).ok_or_else(|| AnswerError::Row { row: row.iter().collect::<Vec<_>>().join(",") })
    }

    fn assemble(&self, labels: &[String], row: &csv::StringRecord) -> Option<Point> {
        if row.len() != labels.len() || self.datatypes.len() != labels.len() || self.groups.len() != labels.len() {
            return None;
        }
        let (mut measurement, mut at) = (None, None);
        let (mut tags, mut fields) = (BTreeMap::new(), BTreeMap::new());
        for (index, label) in labels.iter().enumerate().skip(OWN_COLUMNS_FROM) {
            let default = self.defaults.get(index).map(String::as_str).unwrap_or_default();
            let cell = row.get(index).filter(|cell| !cell.is_empty()).unwrap_or(default);
            match (label.as_str(), self.groups[index].as_str()) {
                ("_measurement", _) => measurement = Some(cell.to_owned()),
                ("_time", _) => at = instant::window_start(cell),
                (_, "true") => drop(tags.insert(label.clone(), cell.to_owned())),
                _ if cell.is_empty() => {} // no value: this point never had the field
                _ => drop(fields.insert(label.clone(), field(&self.datatypes[index], cell)?)),
            }
        }
        Some(Point { measurement: measurement?, tags, fields, at: at? })
    }
}

fn field(datatype: &str, cell: &str) -> Option<FieldValue> {
    match datatype {
        "long" => cell.parse().ok().map(FieldValue::Integer),
        "boolean" => cell.parse().ok().map(FieldValue::Boolean),
        _ => None,
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
