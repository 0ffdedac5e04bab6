//! Reads a CSV file under a header into the rows of the topic (contract.md, Click or conversion).

use adx_events::csv_rows::{Framer, Step};
use adx_events::fingerprint::UserHash;
use adx_events::marker::Marker;
use adx_events::reason::Reason;
use adx_events::tracked::{USER_COLUMN, write_row};

use crate::columns::Columns;
use crate::record::{Body, Event};
use crate::stream::Stream;

/// Reads rows, the first of which is the header.
pub(crate) struct RowReader {
    stream: Stream,
    framer: Framer,
    header: Option<Columns>,
    warning: Option<String>,
    out: Vec<u8>,
}

impl RowReader {
    pub(crate) fn new(mut stream: Stream) -> Self {
        stream.cut_byte_order_mark();
        Self { stream, framer: Framer::default(), header: None, warning: None, out: Vec::new() }
    }

    pub(crate) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// What is wrong with the header, once.
    pub(crate) fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    pub(crate) fn next(&mut self) -> Option<Event<'_>> {
        loop {
            match self.framer.next(self.stream.bytes(), self.stream.at_end()) {
                Step::NeedMore { consumed } => {
                    self.stream.consume(consumed);
                    self.stream.fill();
                }
                Step::Row { row, consumed } => {
                    let Some(header) = &self.header else {
                        let text = std::str::from_utf8(&self.stream.bytes()[row]).ok();
                        self.take_header(text.map(Columns::read));
                        self.stream.consume(consumed);
                        continue;
                    };
                    let (user, marker) = write(header, &self.stream.bytes()[row], &mut self.out);
                    self.stream.consume(consumed);
                    let body = marker.map_or(Body::Record(&self.out), Body::Marker);
                    return Some(Event { user, body });
                }
                Step::Bad { marker, consumed } => {
                    self.stream.consume(consumed);
                    if self.header.is_some() {
                        return Some(Event::marker(marker));
                    }
                    self.take_header(None);
                }
                Step::End => return None,
            }
        }
    }

    fn take_header(&mut self, columns: Option<Columns>) {
        self.warning = match &columns {
            None => Some("the header cannot be read: every row is bad_row".to_owned()),
            Some(columns) => match columns.missing() {
                missing if missing.is_empty() => None,
                missing => Some(format!("the header lacks {}: every row is missing_field", missing.join(", "))),
            },
        };
        self.header = Some(columns.unwrap_or_else(Columns::unreadable));
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.stream.capacity() + self.out.capacity()
    }
}

/// Writes a framed row as the topic has it; its user, and a marker where it cannot be one.
fn write(header: &Columns, row: &[u8], out: &mut Vec<u8>) -> (Option<UserHash>, Option<Marker>) {
    let Some(cells) = std::str::from_utf8(row).ok().and_then(|text| header.arrange(text)) else {
        return (None, Some(Marker::of(Reason::BadRow, row, row.len() as u64)));
    };
    let cells = cells.each_ref().map(|cell| cell.as_ref());
    out.clear();
    write_row(&cells, out);
    let user = cells[USER_COLUMN];
    ((!user.is_empty()).then(|| UserHash::of(user.as_bytes())), None)
}
