//! Reads a row of an answer as the point it stands for.

use std::collections::BTreeMap;

use adx_events::time::WindowStart;

use super::instant;
use super::rows::{AnswerError, Row};
use crate::line_protocol::FieldValue;

/// A point as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    pub measurement: String,
    pub tags: BTreeMap<String, String>,
    pub fields: BTreeMap<String, FieldValue>,
    pub at: WindowStart,
}

impl Point {
    /// The point of a row of [`adx_queries::Query::Points`].
    pub(super) fn of(row: Row<'_>) -> Result<Self, AnswerError> {
        Self::assemble(row).ok_or_else(|| row.unexpected())
    }

    fn assemble(row: Row<'_>) -> Option<Self> {
        let (mut measurement, mut at) = (None, None);
        let (mut tags, mut fields) = (BTreeMap::new(), BTreeMap::new());
        for cell in row.cells() {
            match cell.label {
                "_measurement" => measurement = Some(cell.text.to_owned()),
                "_time" => at = instant::window_start(cell.text),
                label if cell.grouped => drop(tags.insert(label.to_owned(), cell.text.to_owned())),
                _ if cell.text.is_empty() => {} // no value: this point never had the field
                label => drop(fields.insert(label.to_owned(), field(cell.datatype, cell.text)?)),
            }
        }
        Some(Self { measurement: measurement?, tags, fields, at: at? })
    }
}

fn field(datatype: &str, text: &str) -> Option<FieldValue> {
    match datatype {
        "long" => text.parse().ok().map(FieldValue::Integer),
        "boolean" => text.parse().ok().map(FieldValue::Boolean),
        _ => None,
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
