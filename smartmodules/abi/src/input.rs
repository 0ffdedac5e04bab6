//! Reads a batch as the host encodes it, record by record, without copying.

use crate::cursor::Cursor;
use crate::params;

/// The timestamp of a batch that has none.
const NO_TIMESTAMP: i64 = -1;

/// One encoded `SmartModuleInput`.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Offset of the batch's first record.
    pub base_offset: i64,
    /// Milliseconds since the Unix epoch; -1 where the batch has none.
    pub base_timestamp: i64,
    /// The records, in order.
    pub records: Records<'a>,
}

impl<'a> Input<'a> {
    /// Reads what there is: an input cut anywhere yields the whole records before the cut.
    pub fn parse(bytes: &'a [u8], version: i16) -> Self {
        let mut cursor = Cursor::new(bytes);
        let base_offset = cursor.i64().unwrap_or(0);
        let declared = cursor.u32().map_or(0, |len| len as usize);
        let encoded = cursor.take(declared.min(cursor.rest().len())).unwrap_or_default();
        let base_timestamp = base_timestamp(cursor, version).unwrap_or(NO_TIMESTAMP);
        Self { base_offset, base_timestamp, records: Records::new(encoded) }
    }
}

/// The field comes last, behind two that are no longer used (fluvio-smartmodule, `SmartModuleInput`).
fn base_timestamp(mut cursor: Cursor<'_>, version: i16) -> Option<i64> {
    if version <= 22 {
        params::skip(&mut cursor, version)?;
    }
    if (16..=22).contains(&version) {
        let join_record = cursor.u32()? as usize;
        cursor.take(join_record)?;
    }
    if version >= 22 { cursor.i64() } else { None }
}

/// One encoded record, by reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordView<'a> {
    /// Attributes, timestamp delta and offset delta as encoded; at most 21 bytes.
    pub preamble: &'a [u8],
    pub timestamp_delta: i64,
    pub offset_delta: i64,
    pub key: Option<&'a [u8]>,
    pub value: &'a [u8],
}

/// Iterates over the records of a batch; ends at the first that is damaged, since nothing behind it can be framed with certainty.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    left: u32,
    cursor: Cursor<'a>,
}

impl<'a> Records<'a> {
    fn new(encoded: &'a [u8]) -> Self {
        let mut cursor = Cursor::new(encoded);
        let count = cursor.u32().unwrap_or(0);
        let left = if i32::try_from(count).is_ok() { count } else { 0 }; // Fluvio reads a negative count as none
        Self { left, cursor }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = RecordView<'a>;

    fn next(&mut self) -> Option<RecordView<'a>> {
        self.left = self.left.checked_sub(1)?;
        let record = self.cursor.sized_bytes().and_then(record);
        if record.is_none() {
            self.left = 0;
        }
        record
    }
}

fn record(body: &[u8]) -> Option<RecordView<'_>> {
    let mut cursor = Cursor::new(body);
    cursor.u8()?;
    let timestamp_delta = cursor.varint()?;
    let offset_delta = cursor.varint()?;
    let preamble = &body[..body.len() - cursor.rest().len()];
    let key = if cursor.bool()? { Some(cursor.sized_bytes()?) } else { None };
    let value = cursor.sized_bytes()?;
    cursor.varint()?; // a count of headers that Fluvio never fills
    cursor.rest().is_empty().then_some(RecordView { preamble, timestamp_delta, offset_delta, key, value })
}
