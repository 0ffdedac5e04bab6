//! An answer of one table without a group key, as annotated CSV: a header block, rows, an empty line.

use std::borrow::Cow;

use crate::annotated_csv::write_record;
use crate::dialect::Dialect;

/// A column: its label and its datatype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) label: String,
    pub(super) datatype: &'static str,
}

/// Rows have a cell for each column, empty where there is no value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Vec<u8>>>,
}

impl Table {
    /// The whole answer; without rows there is no table.
    pub(super) fn csv(&self, dialect: Dialect) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.rows.is_empty() {
            self.header(&mut out, dialect);
        }
        let result: &[u8] = if dialect.defaults { b"" } else { b"_result" };
        for row in &self.rows {
            let fixed = [b"".as_slice(), result, b"0"].map(Cow::Borrowed);
            write_record(&mut out, fixed.into_iter().chain(row.iter().map(|cell| Cow::Borrowed(cell.as_slice()))));
        }
        out.extend_from_slice(b"\r\n");
        out
    }

    fn header(&self, out: &mut Vec<u8>, dialect: Dialect) {
        let mut line = |fixed: [&'static str; 3], cell: &dyn Fn(&Column) -> String| {
            let fixed = fixed.map(|text| Cow::Borrowed(text.as_bytes()));
            let cells = self.columns.iter().map(|column| Cow::Owned(cell(column).into_bytes()));
            write_record(out, fixed.into_iter().chain(cells));
        };
        if dialect.datatypes {
            line(["#datatype", "string", "long"], &|column| column.datatype.to_owned());
        }
        if dialect.groups {
            line(["#group", "false", "false"], &|_| "false".to_owned());
        }
        if dialect.defaults {
            line(["#default", "_result", ""], &|_| String::new());
        }
        if dialect.header {
            line(["", "result", "table"], &|column| column.label.clone());
        }
    }
}
