//! A table: columns with names and heads, cells that know what they are.

/// The answer to a question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    /// As many cells each as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// In CSV and JSON: as InfluxDB has it.
    pub name: &'static str,
    /// For people.
    pub head: &'static str,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Count(i64),
    /// Millionths of the reporting currency.
    Micros(i64),
    /// A part of a whole.
    Share(f64),
    /// In units of the reporting currency.
    Amount(f64),
    Nothing,
}
