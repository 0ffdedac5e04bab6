//! Reads annotated CSV, as queries are answered with; in chunks of any size, a row at a time.

/// Longest row; ours are far below.
pub(super) const ROW_BYTES_MAX: usize = 1024 * 1024;
/// Annotation, result and table stand before a table's own columns.
const OWN_COLUMNS_FROM: usize = 3;

/// An answer that is not what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error("the query failed amid its answer: {message}")]
    Failed { message: String },
    #[error("a row is longer than {ROW_BYTES_MAX} bytes")]
    RowTooLong,
    #[error("a row is not csv in utf-8")]
    Csv(#[from] csv::Error),
    #[error("row {row:?} is not one of those asked for")]
    Row { row: String },
}

/// A row of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    labels: &'a [String],
    record: &'a csv::StringRecord,
}

/// What stands in one column of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    pub label: &'a str,
    /// As annotated: `long`, `double`, `boolean`, `string`, `dateTime:RFC3339`, …
    pub datatype: &'a str,
    /// Whether all rows of the table have this value: in a stored point, a tag.
    pub grouped: bool,
    /// Empty where there is no value.
    pub text: &'a str,
}

impl<'a> Row<'a> {
    /// The columns of the table itself, in order.
    pub fn cells(self) -> impl Iterator<Item = Cell<'a>> {
        self.labels.iter().enumerate().skip(OWN_COLUMNS_FROM).map(move |(index, label)| self.cell(index, label))
    }

    /// What stands in the column `label`; `None` where there is no such column or no value.
    pub fn get(self, label: &str) -> Option<&'a str> {
        self.cells().find(|cell| cell.label == label).map(|cell| cell.text).filter(|text| !text.is_empty())
    }

    /// The error for a row that says something else than was asked for.
    pub fn unexpected(self) -> AnswerError {
        AnswerError::Row { row: self.record.iter().collect::<Vec<_>>().join(",") }
    }

    fn cell(self, index: usize, label: &'a str) -> Cell<'a> {
        let default = self.table.defaults.get(index).map(String::as_str).unwrap_or_default();
        Cell {
            label,
            datatype: &self.table.datatypes[index],
            grouped: self.table.groups[index] == "true",
            text: self.record.get(index).filter(|text| !text.is_empty()).unwrap_or(default),
        }
    }

    fn fits(self) -> bool {
        let columns = self.labels.len();
        self.record.len() == columns && self.table.datatypes.len() == columns && self.table.groups.len() == columns
    }
}

/// What has been read of an answer.
#[derive(Debug, Default)]
pub(super) struct RowReader {
    /// The start of a row whose end has not come yet.
    pending: Vec<u8>,
    table: Table,
}

/// The annotations and the header of the tables being read.
#[derive(Debug, Default)]
struct Table {
    datatypes: Vec<String>,
    groups: Vec<String>,
    defaults: Vec<String>,
    labels: Option<Vec<String>>,
}

impl RowReader {
    /// Takes the next bytes of the answer, and gives every row they complete to `each`.
    pub(super) fn push<F>(&mut self, chunk: &[u8], each: &mut F) -> Result<(), AnswerError>
    where
        F: FnMut(Row<'_>) -> Result<(), AnswerError>,
    {
        self.pending.extend_from_slice(chunk);
        let end = whole_rows(&self.pending);
        if self.pending.len() - end > ROW_BYTES_MAX {
            return Err(AnswerError::RowTooLong);
        }
        let rest = self.pending.split_off(end);
        let rows = std::mem::replace(&mut self.pending, rest);
        self.read(&rows, each)
    }

    /// Reads what is left once the answer has ended.
    pub(super) fn finish<F>(mut self, each: &mut F) -> Result<(), AnswerError>
    where
        F: FnMut(Row<'_>) -> Result<(), AnswerError>,
    {
        let rows = std::mem::take(&mut self.pending);
        self.read(&rows, each)
    }

    fn read<F>(&mut self, rows: &[u8], each: &mut F) -> Result<(), AnswerError>
    where
        F: FnMut(Row<'_>) -> Result<(), AnswerError>,
    {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rows);
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record)? {
            if let Some(row) = self.table.take(&record)? {
                each(row)?;
            }
        }
        Ok(())
    }
}

impl Table {
    /// Takes an annotation, a header, or a row.
    fn take<'a>(&'a mut self, record: &'a csv::StringRecord) -> Result<Option<Row<'a>>, AnswerError> {
        let cells = || record.iter().map(str::to_owned).collect();
        match record.get(0) {
            Some("#datatype") => *self = Self { datatypes: cells(), ..Self::default() },
            Some("#group") => self.groups = cells(),
            Some("#default") => self.defaults = cells(),
            _ if self.labels.is_none() => self.labels = Some(cells()),
            _ => return self.row(record).map(Some),
        }
        Ok(None)
    }

    fn row<'a>(&'a self, record: &'a csv::StringRecord) -> Result<Row<'a>, AnswerError> {
        let labels = self.labels.as_deref().unwrap_or_default();
        if labels.get(1).is_some_and(|label| label == "error") {
            return Err(AnswerError::Failed { message: record.get(1).unwrap_or_default().to_owned() });
        }
        let row = Row { table: self, labels, record };
        if row.fits() { Ok(row) } else { Err(row.unexpected()) }
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
