//! Record sets as they go over the wire: their bytes, which on a plain stream may end inside a batch.

use std::io;

use bytes::{Buf, BufMut};
use fluvio_protocol::record::{Batch, RawRecords};
use fluvio_protocol::{Decoder, Encoder, Version};

/// Bytes of the length before a record set.
const BYTES_PREFIX: usize = 4;

/// Encoded batches one after another, the last one perhaps cut.
#[derive(Debug, Default)]
pub(super) struct WireRecords(Vec<u8>);

impl WireRecords {
    /// The first `max_bytes` of `batches`, as a real SPU takes them from its file: what does not fit is cut off, wherever
    /// that is.
    pub(super) fn cut_at(
        max_bytes: usize,
        mut batches: impl Iterator<Item = Batch<RawRecords>>,
    ) -> Result<Self, io::Error> {
        let mut bytes = Vec::new();
        while bytes.len() < max_bytes
            && let Some(batch) = batches.next()
        {
            batch.encode(&mut bytes, 0)?;
        }
        bytes.truncate(max_bytes);
        Ok(Self(bytes))
    }

    /// One whole batch.
    pub(super) fn whole(batch: &Batch<RawRecords>) -> Result<Self, io::Error> {
        let mut bytes = Vec::new();
        batch.encode(&mut bytes, 0)?;
        Ok(Self(bytes))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Encoder for WireRecords {
    fn write_size(&self, _version: Version) -> usize {
        BYTES_PREFIX + self.0.len()
    }

    fn encode<T: BufMut>(&self, dest: &mut T, version: Version) -> Result<(), io::Error> {
        i32::try_from(self.0.len()).map_err(io::Error::other)?.encode(dest, version)?;
        dest.put_slice(&self.0);
        Ok(())
    }
}

/// Only ever sent; the types around it ask for it.
impl Decoder for WireRecords {
    fn decode<T: Buf>(&mut self, src: &mut T, version: Version) -> Result<(), io::Error> {
        let mut length = 0_i32;
        length.decode(src, version)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        if src.remaining() < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.0 = src.copy_to_bytes(length).to_vec();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use fluvio_protocol::record::{Record, RecordSet};
    use proptest::prelude::*;

    use super::*;

    fn batch(base: i64, records: usize) -> Batch<RawRecords> {
        let memory = Batch::from(vec![Record::new("some value"); records]);
        let mut batch = Batch::<RawRecords>::try_from(memory).expect("an uncompressed batch encodes");
        batch.set_base_offset(base);
        batch
    }

    proptest! {
        /// Whatever the cut, what a client reads of it begins as the whole does and is no longer than allowed.
        #[test]
        fn a_cut_is_the_beginning_of_the_whole(sizes in prop::collection::vec(1..6usize, 0..6), max in 0..1_000usize) {
            let batches = || sizes.iter().map(|records| batch(0, *records));
            let mut whole = Vec::new();
            RecordSet { batches: batches().collect() }.encode(&mut whole, 0).expect("encodes");
            let mut cut = Vec::new();
            let records = WireRecords::cut_at(max, batches()).expect("encodes");
            records.encode(&mut cut, 0).expect("encodes");
            prop_assert_eq!(cut.len(), records.write_size(0));
            prop_assert_eq!(&cut[BYTES_PREFIX..], &whole[BYTES_PREFIX..whole.len().min(BYTES_PREFIX + max)]);
        }
    }

    #[test]
    fn a_client_takes_a_cut_batch_for_a_whole_one() {
        let records = WireRecords::cut_at(100, [batch(0, 10)].into_iter()).expect("encodes");
        let mut wire = Vec::new();
        records.encode(&mut wire, 0).expect("encodes");
        let mut read = RecordSet::<RawRecords>::default();
        read.decode(&mut wire.as_slice(), 0).expect("decodes");
        assert_eq!(read.last_offset(), Some(10), "the client acknowledges all ten");
        let got = read.batches[0].memory_records().expect("what is there");
        assert!(got.len() < 10, "it has but {}", got.len());
    }
}
