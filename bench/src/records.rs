//! Raw records in memory, and the batches that a publisher makes of them.

use anyhow::{Context, Result};
use fluvio_protocol::Encoder;
use fluvio_protocol::record::Record;

/// What one batch holds at most, as the publisher reckons it.
const BATCH_BYTES: usize = (1 << 20) - 128;
/// What a record adds to its key and value, as the publisher reckons it.
const RECORD_OVERHEAD: usize = 48;

/// Keys and values, one behind the other.
#[derive(Debug, Clone, Default)]
pub struct Records {
    bytes: Vec<u8>,
    /// Where each key and each value ends.
    ends: Vec<(usize, usize)>,
}

impl Records {
    pub fn push(&mut self, key: &[u8], value: &[u8]) {
        self.push_with(key, |bytes| bytes.extend_from_slice(value));
    }

    /// As [`Records::push`], the value being whatever `write` appends.
    pub fn push_with(&mut self, key: &[u8], write: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.extend_from_slice(key);
        let key_end = self.bytes.len();
        write(&mut self.bytes);
        self.ends.push((key_end, self.bytes.len()));
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Key and value of each record.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        starts.zip(&self.ends).map(|(start, (key, value))| (&self.bytes[start..*key], &self.bytes[*key..*value]))
    }
}

/// Encoded records, without a header.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Offset of the first record.
    pub base: i64,
    pub count: usize,
    pub bytes: Vec<u8>,
}

/// All records in batches of about 1 MiB, from offset 0.
pub fn batches(records: &Records) -> Result<Vec<Batch>> {
    let (mut made, mut open, mut bytes, mut base) = (Vec::new(), Vec::new(), 0, 0);
    for (key, value) in records.iter() {
        let need = key.len() + value.len() + RECORD_OVERHEAD;
        if bytes + need > BATCH_BYTES && !open.is_empty() {
            made.push(batch(std::mem::take(&mut open), base)?);
            base += made.last().map_or(0, |batch: &Batch| batch.count as i64);
            bytes = 0;
        }
        let mut record = Record::new_key_value(key, value);
        record.preamble.set_offset_delta(open.len() as i64);
        open.push(record);
        bytes += need;
    }
    if !open.is_empty() {
        made.push(batch(open, base)?);
    }
    Ok(made)
}

fn batch(records: Vec<Record>, base: i64) -> Result<Batch> {
    let mut bytes = Vec::new();
    let count = records.len();
    records.encode(&mut bytes, 0).context("encode a batch")?;
    Ok(Batch { base, count, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluvio_protocol::Decoder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn batches_hold_all_records_in_order_and_no_more_than_allowed(
            sizes in prop::collection::vec((0..60usize, prop_oneof![0..300usize, 200_000..400_000usize]), 0..24),
        ) {
            let mut records = Records::default();
            for (n, (key, value)) in sizes.iter().enumerate() {
                records.push(&vec![n as u8; *key], &vec![n as u8; *value]);
            }
            prop_assert_eq!(records.len(), sizes.len());
            let mut back = Vec::new();
            for batch in batches(&records).unwrap() {
                let mut decoded = Vec::<Record>::new();
                decoded.decode(&mut std::io::Cursor::new(&batch.bytes), 0).unwrap();
                prop_assert!((batch.count, batch.base) == (decoded.len(), back.len() as i64));
                prop_assert!(batch.bytes.len() <= 1 << 20);
                back.extend(decoded);
            }
            prop_assert_eq!(back.len(), sizes.len());
            for ((key, value), record) in records.iter().zip(&back) {
                prop_assert!(record.key().unwrap().as_ref() == key && record.value().as_ref() == value);
            }
        }
    }
}
