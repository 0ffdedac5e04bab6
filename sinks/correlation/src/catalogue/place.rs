//! Where a row stands in a file, told by line and by row.

use std::fmt;

use adx_events::csv_rows::{BYTE_ORDER_MARK, rows};

/// Number of a row, from 1, the header's; empty lines are no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowNumber(pub u64);

/// Number of a line, from 1, as editors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineNumber(pub u64);

/// The line on which a row begins, and the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: LineNumber,
    pub row: RowNumber,
}

impl Place {
    /// Looks a row up that the file has.
    pub(crate) fn of(row: RowNumber, data: &[u8]) -> Self {
        let mut next = data.len() - data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data).len();
        for (text, number) in rows(data).zip(1..) {
            let start = next + data[next..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            if number == row.0 {
                next = start;
                break;
            }
            next = match text {
                Ok(text) => start + text.len(),
                Err(_) => start + data[start..].iter().take_while(|b| !matches!(b, b'\r' | b'\n')).count(),
            };
        }
        Self { line: LineNumber(1 + line_ends(&data[..next])), row }
    }
}

fn line_ends(data: &[u8]) -> u64 {
    let pairs = data.windows(2).filter(|pair| pair == b"\r\n").count();
    (data.iter().filter(|b| matches!(b, b'\r' | b'\n')).count() - pairs) as u64
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} (row {})", self.line.0, self.row.0)
    }
}
