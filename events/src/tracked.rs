//! A click or conversion as one CSV row in the order of the topic: its cells, and whether they hold.

use std::borrow::Cow;

use crate::fingerprint::{Fields, UserHash};
use crate::money::Micros;
use crate::reason::{Reason, Rejection, reject};
use crate::standardise::{Rules, check_currency, check_read_time};
use crate::time::{DAY_MS, EventTime};
use crate::verdict::{Common, Tracked};

/// Columns of a row in the topic, in their order (contract.md, In the topics).
pub const COLUMNS: [&str; 9] = [
    "timestamp",
    "user_id",
    "campaign_id",
    "conversion_type",
    "event_id",
    "impression_id",
    "click_id",
    "value_micros",
    "currency",
];
/// How many of the first columns an input must have.
pub const REQUIRED_COLUMNS: usize = 4;
/// Position of `user_id` among [`COLUMNS`].
pub const USER_COLUMN: usize = 1;

/// The conversion type that makes a row a click.
pub const CLICK: &str = "click";

/// Appends a row without line end; cells are quoted where they must be (RFC 4180).
pub fn write_row(cells: &[&str; COLUMNS.len()], out: &mut Vec<u8>) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        if cell.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
}

/// The cells of one row, not yet judged.
#[derive(Debug)]
pub struct TrackedRow<'a> {
    cells: [Cow<'a, str>; COLUMNS.len()],
}

impl<'a> TrackedRow<'a> {
    /// Splits a row as it is in the topic. Refuses as `bad_row` what is not exactly one row of nine cells in UTF-8.
    pub fn parse(row: &'a [u8]) -> Result<Self, Rejection> {
        let Ok(text) = std::str::from_utf8(row) else { return reject(Reason::BadRow, "not UTF-8") };
        let mut cells = [const { Cow::Borrowed("") }; COLUMNS.len()];
        let mut rest = Some(text);
        for cell in &mut cells {
            let Some(text) = rest else { return reject(Reason::BadRow, "fewer than nine cells") };
            (*cell, rest) = split_cell(text)?;
        }
        if rest.is_some() { reject(Reason::BadRow, "more than nine cells") } else { Ok(Self { cells }) }
    }

    /// Judges the cells; the first reason that applies, in the order of semantics.md.
    pub fn check(&self, rules: &Rules, read_ms: u64, fields: &mut Fields) -> Result<Tracked<'_>, Rejection> {
        let [timestamp, user_id, campaign, kind, event_id, impression_id, click_id, value, currency] =
            self.cells.each_ref().map(|c| c.as_ref());
        if [timestamp, user_id, campaign, kind].contains(&"") {
            return reject(Reason::MissingField, "timestamp, user_id, campaign_id or conversion_type is missing");
        }
        let value = match value {
            "" => Micros::default(),
            digits => match Micros::parse(digits.as_bytes()) {
                Some(value) => value,
                None => return reject(Reason::BadField, "value_micros is not within 0 and 10^12 in digits alone"),
            },
        };
        let Some(at) = EventTime::parse(timestamp.as_bytes()) else {
            return reject(Reason::BadTimestamp, "timestamp is in neither form, or outside 2000 to 2100");
        };
        check_currency(currency, rules)?;
        check_read_time(at, read_ms)?;
        let space = if kind == CLICK { b'c' } else { b'v' };
        fields.start().byte(space).number(at.bucket(DAY_MS)).text(user_id);
        let identity = match event_id {
            "" => fields.byte(0).text(campaign).text(kind).number(at.as_ms()).identity(),
            own => fields.byte(1).text(own).identity(),
        };
        fields.start().number(at.as_ms()).number(value.as_micros());
        [campaign, kind, impression_id, click_id].into_iter().for_each(|text| {
            fields.text(text);
        });
        let common = Common { at, identity, content: fields.content(), user: UserHash::of(user_id.as_bytes()) };
        Ok(Tracked { common, value, user_id, event_id, campaign, kind, impression_id, click_id })
    }
}

/// The first cell, and the text after its comma if there is one.
fn split_cell(text: &str) -> Result<(Cow<'_, str>, Option<&str>), Rejection> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        if text[..end].contains(['\n', '\r']) {
            return reject(Reason::BadRow, "more than one row");
        }
        return Ok((Cow::Borrowed(&text[..end]), text.get(end + 1..)));
    };
    let Some((end, doubled)) = closing_quote(quoted) else { return reject(Reason::BadRow, "an unclosed quote") };
    let cell = if doubled { Cow::Owned(quoted[..end].replace("\"\"", "\"")) } else { Cow::Borrowed(&quoted[..end]) };
    match quoted.as_bytes().get(end + 1) {
        None => Ok((cell, None)),
        Some(b',') => Ok((cell, Some(&quoted[end + 2..]))),
        Some(_) => reject(Reason::BadRow, "text after a closing quote"),
    }
}

/// Where the first undoubled quote is, and whether doubled ones stand before it.
fn closing_quote(quoted: &str) -> Option<(usize, bool)> {
    let (mut from, mut doubled) = (0, false);
    loop {
        let at = from + quoted[from..].find('"')?;
        if quoted.as_bytes().get(at + 1) != Some(&b'"') {
            return Some((at, doubled));
        }
        (from, doubled) = (at + 2, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn judge(row: &str) -> String {
        let rules = Rules { currency: "USD".to_owned() };
        let judged = TrackedRow::parse(row.as_bytes()).and_then(|r| {
            r.check(&rules, 0, &mut Fields::default())
                .map(|t| format!("{} {} {}", t.kind, t.user_id, t.value.as_micros()))
        });
        judged.unwrap_or_else(|r| r.reason.to_string())
    }

    #[test]
    fn verdicts() {
        let table = [
            ("1772324400000,u,c,click,,,,,", "click u 0"),
            ("1772324400000,\"a,\"\"b\"\"\",c,lead,e,,,0005,USD", "lead a,\"b\" 5"),
            ("\"1772324400000\",\"u\",\"c\",\"Click\",\"\",\"\",\"\",\"\",\"\"", "Click u 0"),
            ("1772324400000,u\"x\"\"y,c,lead,,,,,", "lead u\"x\"\"y 0"),
            ("1772324400000,u,c,click,,,,", "bad_row"),
            ("1772324400000,u,c,click,,,,,,", "bad_row"),
            ("1772324400000,\"u,c,click,,,,,", "bad_row"),
            ("1772324400000,\"u\"x,c,click,,,,,", "bad_row"),
            ("1772324400000,u,c,click,,,,,\n", "bad_row"),
            ("", "bad_row"),
            (",u,c,click,,,,-1,", "missing_field"),
            ("x,u,c,click,,,,-1,", "bad_field"),
            ("x,u,c,click,,,,1,EUR", "bad_timestamp"),
            ("1772324400000,u,c,click,,,,1,EUR", "unknown_currency"),
        ];
        for (row, expected) in table {
            assert_eq!(judge(row), expected, "{row}");
        }
        assert_eq!(TrackedRow::parse(b"\xff,,,,,,,,").unwrap_err().reason, Reason::BadRow);
    }

    proptest! {
        #[test]
        fn a_row_reads_back(cells in proptest::array::uniform9("[a\",\r\n é]{0,6}")) {
            let cells = cells.each_ref().map(String::as_str);
            let mut row = Vec::new();
            write_row(&cells, &mut row);
            let parsed = TrackedRow::parse(&row).unwrap();
            prop_assert_eq!(parsed.cells.each_ref().map(|c| c.as_ref()), cells);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_slice());
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(record.iter().collect::<Vec<_>>(), cells.to_vec());
        }

        #[test]
        fn any_bytes_are_judged(row in proptest::collection::vec(proptest::sample::select(b"a,\"\n\r\xff".to_vec()), 0..40)) {
            let _ = TrackedRow::parse(&row);
        }
    }
}
