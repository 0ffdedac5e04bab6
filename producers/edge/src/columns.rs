//! Which cell of an input's rows is which column of the topic's rows.

use std::borrow::Cow;

use adx_events::csv_rows::cells;
use adx_events::tracked::{COLUMNS, REQUIRED_COLUMNS};

/// A row's cells in the order of the topic.
pub(crate) type Row<'a> = [Cow<'a, str>; COLUMNS.len()];

/// What a header says.
#[derive(Debug)]
pub(crate) struct Columns {
    /// For each cell of a row the column it fills, if any.
    fills: Vec<Option<usize>>,
}

impl Columns {
    /// Reads a header row: columns by exact name, of a name given twice the last.
    pub(crate) fn read(header: &str) -> Self {
        let mut fills: Vec<_> = cells(header).map(|cell| COLUMNS.iter().position(|name| *name == cell)).collect();
        let mut taken = [false; COLUMNS.len()];
        for fill in fills.iter_mut().rev() {
            if let Some(column) = *fill
                && std::mem::replace(&mut taken[column], true)
            {
                *fill = None;
            }
        }
        Self { fills }
    }

    /// The header of a file whose own cannot be read: no row has its number of cells.
    pub(crate) fn unreadable() -> Self {
        Self { fills: Vec::new() }
    }

    /// Required columns that are not there.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let is_missing = |column: &usize| !self.fills.contains(&Some(*column));
        (0..REQUIRED_COLUMNS).filter(is_missing).map(|column| COLUMNS[column]).collect()
    }

    /// The cells of a row by column, empty where there is none; none where their number is not the header's.
    pub(crate) fn arrange<'a>(&self, row: &'a str) -> Option<Row<'a>> {
        let mut arranged = [const { Cow::Borrowed("") }; COLUMNS.len()];
        let mut count = 0;
        for cell in cells(row) {
            if let Some(column) = *self.fills.get(count)? {
                arranged[column] = cell;
            }
            count += 1;
        }
        (count == self.fills.len()).then_some(arranged)
    }
}
