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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Records;
    use crate::testing::{Cuts, shown};
    use adx_events::csv_rows::{cells, rows};
    use adx_events::topic::Topic;
    use adx_events::tracked::COLUMNS;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn records(data: &[u8], sizes: &[usize]) -> Records {
        Records::new(Topic::Clicks, Box::new(Cuts::new(data.to_vec(), sizes)))
    }

    /// Records and reasons, without the lengths in markers.
    fn read(data: &[u8], sizes: &[usize]) -> Vec<String> {
        let reason = |shown: String| match shown.strip_prefix('!') {
            Some(marker) => format!("!{}", marker.split(' ').next().unwrap_or_default()),
            None => shown,
        };
        shown(records(data, sizes)).into_iter().map(reason).collect()
    }

    /// The rule as it is written down, over the whole file at once.
    fn naive(data: &[u8]) -> Vec<String> {
        let mut rows = rows(data);
        let header: Vec<_> = match rows.next() {
            Some(Ok(header)) => cells(header).collect(),
            Some(Err(_)) => Vec::new(),
            None => return Vec::new(),
        };
        let shown = |row: Result<&str, Reason>| {
            let cells: Vec<_> = cells(row.map_err(|reason| format!("!{reason}"))?).collect();
            if cells.len() != header.len() {
                return Err("!bad_row".to_owned());
            }
            let named: HashMap<_, _> = header.iter().zip(cells.iter()).collect();
            let arranged = COLUMNS.map(|name| {
                named.iter().find(|(header, _)| header.as_ref() == name).map_or("", |(_, cell)| cell.as_ref())
            });
            let mut out = Vec::new();
            write_row(&arranged, &mut out);
            Ok(String::from_utf8(out).unwrap())
        };
        rows.map(|row| shown(row).unwrap_or_else(|reason| reason)).collect()
    }

    #[test]
    fn rows_under_their_headers() {
        let table: [(&str, &[&str]); 9] = [
            ("", &[]),
            ("\u{feff}user_id,timestamp\nu,1\n", &["1,u,,,,,,,"]),
            ("user_id,x,user_id\na,b,c\n", &[",c,,,,,,,"]),
            ("\"user_id\",User_id, user_id\r\"a,\"\"\",b,c\r", &[",\"a,\"\"\",,,,,,,"]),
            ("user_id,timestamp\na\na,b,c\n\na,b\n", &["!bad_row", "!bad_row", "b,a,,,,,,,"]),
            ("\"user_id\na\nb,c\n", &["!bad_row", "!bad_row"]),
            ("user_id\n\"\"\n", &[",,,,,,,,"]),
            ("user_id\n\"a\n\nb\n", &["!bad_row", ",b,,,,,,,"]),
            ("\n\nuser_id\na", &[",a,,,,,,,"]),
        ];
        for (data, expected) in table {
            assert_eq!(read(data.as_bytes(), &[1]), expected, "{data:?}");
            assert_eq!(naive(data.as_bytes()), expected, "{data:?}");
        }
        assert_eq!(read(b"user_id\n\xff\nb", &[1]), ["!bad_row", ",b,,,,,,,"]);
        assert_eq!(read(b"user_id\xff\na,b\nb", &[1]), ["!bad_row", "!bad_row"]);
    }

    #[test]
    fn one_warning_for_a_header_that_lacks_a_column() {
        let warning = |data: &str| {
            let mut records = records(data.as_bytes(), &[1]);
            while records.next().is_some() {}
            records.take_warning()
        };
        assert_eq!(warning("timestamp,user_id,campaign_id,conversion_type\n1,2,3,4\n"), None);
        assert_eq!(warning(""), None);
        assert_eq!(
            warning("timestamp,User_id,campaign_id\n").unwrap(),
            "the header lacks user_id, conversion_type: every row is missing_field"
        );
        assert_eq!(warning("\"x\n").unwrap(), "the header cannot be read: every row is bad_row");
    }

    #[test]
    fn the_user_of_a_row_is_its_cell() {
        let mut records = records(b"user_id,timestamp\n\"u\"\"v\",1\n\"\",1\nx\n", &[3]);
        let user = |event: Option<Event<'_>>| event.unwrap().user;
        assert_eq!(user(records.next()), Some(UserHash::of(b"u\"v")));
        assert_eq!((user(records.next()), user(records.next())), (None, None));
    }

    #[test]
    fn a_row_of_50_mb_is_passed_over_in_little_memory() {
        let mut data = b"user_id\n\"".to_vec();
        data.resize(50_000_000, b'a');
        data.extend_from_slice(b"\"\nb\n");
        let mut records = records(&data, &[100_000]);
        assert!(matches!(
            records.next().unwrap().body,
            Body::Marker(Marker { reason: Reason::TooLarge, length: 49_999_993, .. })
        ));
        assert!(records.next().is_some() && records.next().is_none());
        assert!(records.capacity() <= 2 * 1024 * 1024);
    }

    proptest! {
        #[test]
        fn agrees_with_the_rule_however_the_file_is_cut(
            header in "(user_id|timestamp|x|\"click_id\"|event_id|\"|,|,|,){0,7}", data in proptest::collection::vec(proptest::sample::select(b"ab\"\",,,\n\r\xff".to_vec()), 0..60),
            sizes in proptest::collection::vec(1..9usize, 1..6),
        ) {
            let data = [header.as_bytes(), b"\n", &data].concat();
            prop_assert_eq!(read(&data, &sizes), naive(&data));
        }
    }
}
