//! A batch in the making: every record is written where it comes, just as the batch will hold it.

use std::io;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use fluvio_compression::{Compression, CompressionError};
use fluvio_protocol::bytes::{Buf, BufMut};
use fluvio_protocol::record::{BATCH_FILE_HEADER_SIZE, BatchHeader, NO_TIMESTAMP, RawRecords, RecordSet};
use fluvio_protocol::{Decoder, Encoder, EncoderVarInt, Version};

/// Bytes of the length before a set of batches, and of the number of records before them.
const LENGTH_BYTES: usize = size_of::<i32>();
const COUNT_BYTES: usize = size_of::<i32>();

/// Bytes of a batch that are not its records.
pub(crate) const BATCH_OVERHEAD: usize = BATCH_FILE_HEADER_SIZE + COUNT_BYTES;

/// Bytes before the first record.
const HEAD_BYTES: usize = LENGTH_BYTES + BATCH_OVERHEAD;
/// From here on a batch may be compressed: the number of records, and the records.
const RECORDS_FROM: usize = HEAD_BYTES - COUNT_BYTES;
/// Bytes of the length, the base offset, the batch's length, the leader's epoch and the magic number; the checksum comes next.
const BEFORE_CHECKSUM_BYTES: usize =
    LENGTH_BYTES + size_of::<i64>() + LENGTH_BYTES + size_of::<i32>() + size_of::<i8>();
/// From here on bytes are covered by the checksum.
const COVERED_FROM: usize = BEFORE_CHECKSUM_BYTES + size_of::<u32>();

/// Bytes of a record besides its length, the offset delta, the key and the value: attributes, timestamp delta, that there is a key, number of headers.
const RECORD_FIXED_BYTES: usize = 4;

/// The record has no room in this batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// When a batch was begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    /// What its records carry as their timestamp, ms since the Unix epoch.
    pub(crate) unix_ms: i64,
    /// Since when its first record waits.
    pub(crate) at: Instant,
}

impl Begun {
    #[expect(clippy::disallowed_methods, reason = "records carry the producer's time, as the stock client's do")]
    pub(crate) fn now() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { unix_ms: since_epoch.as_millis() as i64, at: Instant::now() }
    }
}

/// Records of one partition, encoded; all of them bear the time at which the batch was begun.
#[derive(Debug)]
pub(crate) struct Filling {
    /// Room for all that stands before the records, and the records.
    bytes: Vec<u8>,
    records: u32,
    bytes_max: usize,
    begun: Option<Begun>,
}

/// Bytes that a record alone takes in a batch.
pub(crate) fn record_bytes(key: &[u8], value: &[u8]) -> usize {
    let inner = inner_bytes(0, key, value);
    (inner as i64).var_write_size() + inner
}

fn inner_bytes(offset_delta: i64, key: &[u8], value: &[u8]) -> usize {
    let texts = [key, value].iter().map(|text| (text.len() as i64).var_write_size() + text.len()).sum::<usize>();
    RECORD_FIXED_BYTES + offset_delta.var_write_size() + texts
}

impl Filling {
    /// An empty batch of at most `batch_bytes`, its overhead included.
    pub(crate) fn new(batch_bytes: usize) -> Self {
        Self::within(Vec::new(), LENGTH_BYTES + batch_bytes)
    }

    fn within(mut bytes: Vec<u8>, bytes_max: usize) -> Self {
        bytes.clear();
        bytes.extend_from_slice(&[0; HEAD_BYTES]);
        Self { bytes, records: 0, bytes_max, begun: None }
    }

    /// Takes everything out, and goes on in `room`.
    pub(crate) fn take(&mut self, room: Vec<u8>) -> Self {
        let empty = Self::within(room, self.bytes_max);
        std::mem::replace(self, empty)
    }

    /// Adds a record, where it fits; `now` is asked for the first one.
    pub(crate) fn push(&mut self, key: &[u8], value: &[u8], now: impl FnOnce() -> Begun) -> Result<(), Full> {
        let offset_delta = i64::from(self.records);
        let inner = inner_bytes(offset_delta, key, value);
        let whole = (inner as i64).var_write_size() + inner;
        if self.bytes.len() + whole > self.bytes_max || self.records == i32::MAX as u32 {
            return Err(Full);
        }
        self.begun.get_or_insert_with(now);
        self.records += 1;
        self.make_room(whole);
        self.put_varint(inner as i64);
        self.bytes.extend_from_slice(&[0, 0]); // attributes, timestamp delta
        self.put_varint(offset_delta);
        self.bytes.push(1); // there is a key
        self.put_varint(key.len() as i64);
        self.bytes.extend_from_slice(key);
        self.put_varint(value.len() as i64);
        self.bytes.extend_from_slice(value);
        self.bytes.push(0); // headers
        Ok(())
    }

    /// Twice as much each time, as a vector does by itself, but never more than a batch may take.
    fn make_room(&mut self, more: usize) {
        let needed = self.bytes.len() + more;
        if needed > self.bytes.capacity() {
            let wanted = (2 * self.bytes.capacity()).min(self.bytes_max).max(needed);
            self.bytes.reserve_exact(wanted - self.bytes.len());
        }
    }

    /// Zigzag, then base 128, least significant first.
    fn put_varint(&mut self, value: i64) {
        let mut rest = (value << 1) as u64; // lengths and deltas: never negative
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    pub(crate) fn records(&self) -> u32 {
        self.records
    }

    /// Since when its first record waits; none while it is empty.
    pub(crate) fn waits_since(&self) -> Option<Instant> {
        self.begun.map(|begun| begun.at)
    }

    /// The batch as the stock client would send it.
    pub(crate) fn seal(mut self, compression: Compression) -> Result<Sealed, CompressionError> {
        self.bytes[RECORDS_FROM..HEAD_BYTES].copy_from_slice(&(self.records as i32).to_be_bytes());
        if compression != Compression::None {
            let compressed = compression.compress(&self.bytes[RECORDS_FROM..])?;
            self.bytes.truncate(RECORDS_FROM);
            self.bytes.extend_from_slice(&compressed);
        }
        self.write_head(compression);
        let checksum = crc32c::crc32c(&self.bytes[COVERED_FROM..]);
        self.bytes[BEFORE_CHECKSUM_BYTES..COVERED_FROM].copy_from_slice(&checksum.to_be_bytes());
        Ok(Sealed(self.bytes))
    }

    fn header(&self, compression: Compression) -> BatchHeader {
        let unix_ms = self.begun.map(|begun| begun.unix_ms);
        let mut header = BatchHeader {
            last_offset_delta: self.records as i32 - 1,
            first_timestamp: unix_ms.unwrap_or(NO_TIMESTAMP),
            max_time_stamp: unix_ms.unwrap_or(NO_TIMESTAMP),
            ..BatchHeader::default()
        };
        header.set_compression(compression);
        header
    }

    /// All that stands before the number of records, except the checksum, which comes last.
    fn write_head(&mut self, compression: Compression) {
        let header = self.header(compression);
        let set = self.bytes.len() - LENGTH_BYTES;
        let batch = set - size_of::<i64>() - LENGTH_BYTES;
        let mut head = &mut self.bytes[..RECORDS_FROM];
        head.put_i32(set as i32);
        head.put_i64(i64::from(header.last_offset_delta)); // base offset: the client's habit, the leader numbers anew
        head.put_i32(batch as i32);
        head.put_i32(header.partition_leader_epoch);
        head.put_i8(header.magic);
        head.put_u32(header.crc);
        head.put_i16(header.attributes);
        head.put_i32(header.last_offset_delta);
        head.put_i64(header.first_timestamp);
        head.put_i64(header.max_time_stamp);
        head.put_i64(header.producer_id);
        head.put_i16(header.producer_epoch);
        head.put_i32(header.first_sequence);
    }
}

/// One batch as a produce request holds it, length first: what the protocol crate's own [`RecordSet`] would write, without writing it anew.
#[derive(Debug, Default)]
pub(crate) struct Sealed(Vec<u8>);

impl Sealed {
    /// Its memory, for the next batch.
    pub(crate) fn into_room(self) -> Vec<u8> {
        self.0
    }
}

impl Encoder for Sealed {
    fn write_size(&self, _version: Version) -> usize {
        self.0.len()
    }

    fn encode<T: BufMut>(&self, dest: &mut T, _version: Version) -> Result<(), io::Error> {
        dest.put_slice(&self.0);
        Ok(())
    }
}

/// Whoever sends requests need not read them; the protocol crate asks for it all the same.
impl Decoder for Sealed {
    fn decode<T: Buf>(&mut self, src: &mut T, version: Version) -> Result<(), io::Error> {
        let set = RecordSet::<RawRecords>::decode_from(src, version)?;
        self.0.clear();
        set.encode(&mut self.0, version)
    }
}

#[cfg(test)]
mod tests {
    use fluvio_protocol::record::{Batch, Record};
    use proptest::prelude::*;

    use super::*;

    const UNIX_MS: i64 = 1_772_324_400_000;

    type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

    fn begun() -> Begun {
        Begun { unix_ms: UNIX_MS, at: Instant::now() }
    }

    fn sealed(filling: Filling) -> Sealed {
        filling.seal(Compression::None).unwrap()
    }

    fn filled(batch_bytes: usize, pairs: &Pairs) -> (Filling, usize) {
        let mut filling = Filling::new(batch_bytes);
        let taken = pairs.iter().take_while(|(key, value)| filling.push(key, value, begun).is_ok()).count();
        (filling, taken)
    }

    /// What the stock client makes of the same records within one millisecond.
    fn stock(pairs: &[(Vec<u8>, Vec<u8>)]) -> RecordSet {
        let records: Vec<_> = pairs.iter().map(|(k, v)| Record::new_key_value(k.clone(), v.clone())).collect();
        let mut batch = Batch::from(records).base_offset(pairs.len() as i64 - 1);
        batch.header.first_timestamp = UNIX_MS;
        batch.header.max_time_stamp = UNIX_MS;
        RecordSet { batches: vec![batch] }
    }

    fn compressions() -> impl Strategy<Value = Compression> {
        prop::sample::select(vec![Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd])
    }

    fn pairs() -> impl Strategy<Value = Pairs> {
        let text = |max| prop::collection::vec(any::<u8>(), 0..max);
        // lengths on both sides of where one more byte is needed to tell them
        let long = (0..200usize).prop_map(|more| vec![7; 8_100 + more]);
        prop::collection::vec((text(80), prop_oneof![4 => text(200), 1 => long]), 1..90)
    }

    proptest! {
        #[test]
        fn a_batch_is_the_stock_client_s_to_the_byte_and_reads_back(pairs in pairs()) {
            let (filling, taken) = filled(1 << 20, &pairs);
            prop_assert_eq!((taken, filling.records() as usize), (pairs.len(), pairs.len()));
            let sealed = sealed(filling);
            let bytes = sealed.as_bytes(0).unwrap();
            prop_assert_eq!(&bytes, &stock(&pairs).as_bytes(0).unwrap());
            prop_assert_eq!(&Sealed::decode_from(&mut bytes.as_ref(), 0).unwrap().0, &sealed.0);
            let mut set = RecordSet::<Vec<Record>>::decode_from(&mut bytes.as_ref(), 0).unwrap();
            let batch = set.batches.remove(0);
            prop_assert!(batch.validate_decoding() && set.batches.is_empty());
            let read: Pairs = batch.into_consumer_records_iter(0).map(|record| {
                assert_eq!(record.timestamp(), UNIX_MS);
                (record.key().unwrap().to_vec(), record.value().to_vec())
            }).collect();
            prop_assert_eq!(read, pairs);
        }

        #[test]
        fn so_is_a_compressed_one(pairs in pairs(), compression in compressions()) {
            let bytes = filled(1 << 20, &pairs).0.seal(compression).unwrap().as_bytes(0).unwrap();
            let mut batch = stock(&pairs).batches.remove(0);
            batch.header.set_compression(compression);
            let stock = RecordSet { batches: vec![Batch::<RawRecords>::try_from(batch).unwrap()] };
            prop_assert_eq!(&bytes, &stock.as_bytes(0).unwrap());
            let set = RecordSet::<RawRecords>::decode_from(&mut bytes.as_ref(), 0).unwrap();
            let read = set.batches[0].memory_records().unwrap();
            prop_assert!(set.batches[0].validate_decoding());
            prop_assert_eq!(read.len(), pairs.len());
            for (record, (key, value)) in read.iter().zip(&pairs) {
                prop_assert_eq!((record.key().unwrap().as_ref(), record.value().as_ref()), (&key[..], &value[..]));
            }
        }

        #[test]
        fn a_batch_is_full_where_one_more_record_would_pass_its_bound(pairs in pairs(), batch_bytes in BATCH_OVERHEAD..20_000) {
            let (filling, taken) = filled(batch_bytes, &pairs);
            prop_assert!(filling.bytes.capacity() <= (LENGTH_BYTES + batch_bytes).max(2 * HEAD_BYTES));
            prop_assert!(taken == 0 || sealed(filling).write_size(0) <= LENGTH_BYTES + batch_bytes);
            prop_assert!(taken == pairs.len() || stock(&pairs[..=taken]).write_size(0) > LENGTH_BYTES + batch_bytes);
            if let Some((key, value)) = pairs.first() {
                prop_assert_eq!(taken > 0, record_bytes(key, value) <= batch_bytes - BATCH_OVERHEAD);
            }
        }

        #[test]
        fn what_goes_on_in_used_room_is_what_begins_anew(first in pairs(), second in pairs()) {
            let (mut filling, _) = filled(1 << 20, &first);
            let room = sealed(filling.take(Vec::new())).into_room();
            prop_assert!(filling.waits_since().is_none() && filling.records() == 0);
            filling.take(room);
            for (key, value) in &second {
                filling.push(key, value, begun).unwrap();
            }
            prop_assert_eq!(sealed(filling).as_bytes(0).unwrap(), stock(&second).as_bytes(0).unwrap());
        }
    }
}
