//! A bid request as Avro single-object encoding of `bid-request.avsc`: reading, writing, and whether its fields hold.

use crate::fingerprint::{Fields, UserHash};
use crate::money::Micros;
use crate::reason::{Reason, Rejection, reject};
use crate::standardise::{Rules, check_currency, check_read_time};
use crate::tag::is_tag_value;
use crate::time::{EventTime, HOUR_MS};
use crate::verdict::{Bid, Common};

/// The reader schema of bid requests.
pub const SCHEMA: &str = include_str!("../bid-request.avsc");

/// Marker C3 01, then the little-endian CRC-64-AVRO fingerprint of [`SCHEMA`]'s parsing canonical form (Avro specification, single-object encoding).
pub const SINGLE_OBJECT_HEADER: [u8; 10] = [0xc3, 0x01, 0xa0, 0x0b, 0x77, 0xd1, 0x5f, 0x2b, 0xf0, 0xe2];

/// The fields of one bid request, texts borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BidDatum<'a> {
    pub auction_id: &'a str,
    pub timestamp_ms: i64,
    pub user_id: &'a str,
    pub country: &'a str,
    pub device: &'a str,
    pub exchange: &'a str,
    pub floor_micros: i64,
    pub currency: &'a str,
    pub slots: i32,
    pub website: &'a str,
    pub categories: Texts<'a>,
    pub keywords: Texts<'a>,
}

/// A list of texts: each as Avro writes a string, without the array's blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Texts<'a> {
    count: usize,
    encoded: Blocks<'a>,
}

/// Where a list's texts stand: gathered in one run, or as blocks of an Avro array that has been checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blocks<'a> {
    Gathered(&'a [u8]),
    Array(&'a [u8]),
}

impl Default for Blocks<'_> {
    fn default() -> Self {
        Blocks::Gathered(&[])
    }
}

impl<'a> Texts<'a> {
    /// A list from `count` Avro strings, one after the other; none where they are not just that, in UTF-8.
    pub fn from_strings(count: usize, encoded: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor { bytes: encoded };
        for _ in 0..count {
            cursor.text()?;
        }
        cursor.bytes.is_empty().then_some(Self { count, encoded: Blocks::Gathered(encoded) })
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (mut cursor, mut in_block) = match self.encoded {
            Blocks::Gathered(bytes) => (Cursor { bytes }, self.count as u64),
            Blocks::Array(bytes) => (Cursor { bytes }, 0),
        };
        (0..self.count).map_while(move |_| {
            if in_block == 0 {
                in_block = cursor.block_count()?;
            }
            in_block -= 1;
            cursor.text()
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        if self.count > 0 {
            write_long(self.count as i64, out);
            self.iter().for_each(|text| write_string(text, out));
        }
        write_long(0, out);
    }
}

impl<'a> BidDatum<'a> {
    /// Appends the single-object encoding in its canonical form (one block an array).
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&SINGLE_OBJECT_HEADER);
        write_string(self.auction_id, out);
        write_long(self.timestamp_ms, out);
        [self.user_id, self.country, self.device, self.exchange].into_iter().for_each(|text| write_string(text, out));
        write_long(self.floor_micros, out);
        write_string(self.currency, out);
        write_long(i64::from(self.slots), out);
        write_string(self.website, out);
        self.categories.write(out);
        self.keywords.write(out);
    }

    /// Reads a single-object encoding. Refuses anything else as `bad_avro`.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Rejection> {
        let Some(datum) = bytes.strip_prefix(&SINGLE_OBJECT_HEADER) else {
            return reject(Reason::BadAvro, "no single-object encoding of bid-request.avsc");
        };
        match Self::read_datum(&mut Cursor { bytes: datum }) {
            Some(bid) => Ok(bid),
            None => reject(Reason::BadAvro, "the datum does not decode"),
        }
    }

    fn read_datum(c: &mut Cursor<'a>) -> Option<Self> {
        let bid = Self {
            auction_id: c.text()?,
            timestamp_ms: c.long()?,
            user_id: c.text()?,
            country: c.text()?,
            device: c.text()?,
            exchange: c.text()?,
            floor_micros: c.long()?,
            currency: c.text()?,
            slots: c.long()?.try_into().ok()?,
            website: c.text()?,
            categories: c.texts()?,
            keywords: c.texts()?,
        };
        c.bytes.is_empty().then_some(bid)
    }

    /// Judges the fields; the first reason that applies, in the order of semantics.md.
    pub fn check(&self, rules: &Rules, read_ms: u64, fields: &mut Fields) -> Result<Bid<'a>, Rejection> {
        if self.auction_id.is_empty() || self.exchange.is_empty() {
            return reject(Reason::MissingField, "auction_id or exchange is missing");
        }
        if !is_tag_value(self.exchange) {
            return reject(Reason::BadField, "exchange cannot be a tag value");
        }
        let Some(floor) = Micros::from_micros(self.floor_micros) else {
            return reject(Reason::BadField, "floor_micros is not within 0 and 10^12");
        };
        let Ok(slots) = u32::try_from(self.slots) else { return reject(Reason::BadField, "slots is negative") };
        let Some(at) = EventTime::from_ms(self.timestamp_ms) else {
            return reject(Reason::BadTimestamp, "timestamp is outside 2000 to 2100");
        };
        check_currency(self.currency, rules)?;
        check_read_time(at, read_ms)?;
        Ok(Bid {
            common: self.common(at, fields),
            floor,
            slots,
            user_id: self.user_id,
            auction_id: self.auction_id,
            exchange: self.exchange,
            country: self.country,
            device: self.device,
            website: self.website,
        })
    }

    fn common(&self, at: EventTime, fields: &mut Fields) -> Common {
        let identity =
            fields.start().byte(b'b').number(at.bucket(HOUR_MS)).text(self.user_id).text(self.auction_id).identity();
        fields.start().number(at.as_ms()).number(self.floor_micros).number(i64::from(self.slots));
        for text in [self.auction_id, self.user_id, self.country, self.device, self.exchange, self.website] {
            fields.text(text);
        }
        for list in [self.categories, self.keywords] {
            fields.number(list.len() as i64);
            list.iter().for_each(|text| {
                fields.text(text);
            });
        }
        let user = if self.user_id.is_empty() { self.auction_id } else { self.user_id };
        Common { at, identity, content: fields.content(), user: UserHash::of(user.as_bytes()) }
    }
}

/// Appends a long as Avro writes it: zigzag, then base 128, least significant first.
pub fn write_long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Appends a string as Avro writes it: its length in bytes, then its bytes.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    write_long(text.len() as i64, out);
    out.extend_from_slice(text.as_bytes());
}

/// Reads Avro's primitives off the front of the bytes.
struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// A long, mostly of one byte.
    #[inline(always)]
    fn long(&mut self) -> Option<i64> {
        match self.bytes {
            [byte @ 0..=0x7f, rest @ ..] => {
                self.bytes = rest;
                Some(i64::from(byte >> 1) ^ -i64::from(byte & 1))
            }
            _ => self.longer(),
        }
    }

    #[inline(never)]
    fn longer(&mut self) -> Option<i64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                let overflows = shift == 63 && *byte > 1;
                return (!overflows).then_some((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.long()?).ok()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }

    /// The item count of an array's next block, 0 at its end; a block's size in bytes is passed over.
    fn block_count(&mut self) -> Option<u64> {
        let count = self.long()?;
        if count < 0 {
            self.long().filter(|size| *size >= 0)?;
        }
        Some(count.unsigned_abs())
    }

    /// An array of strings, checked: each takes a byte at least, so the count is bounded by the bytes.
    fn texts(&mut self) -> Option<Texts<'a>> {
        let (start, mut count) = (self.bytes, 0usize);
        loop {
            let in_block = self.block_count()?;
            if in_block == 0 {
                let length = start.len() - self.bytes.len();
                return Some(Texts { count, encoded: Blocks::Array(&start[..length]) });
            }
            if in_block > self.bytes.len() as u64 {
                return None;
            }
            for _ in 0..in_block {
                self.text()?;
            }
            count += in_block as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apache_avro::Schema;
    use proptest::prelude::*;

    fn gather(texts: &[String]) -> Vec<u8> {
        let mut encoded = Vec::new();
        texts.iter().for_each(|t| write_string(t, &mut encoded));
        encoded
    }

    #[test]
    fn the_header_is_the_schema_s_fingerprint() {
        // The specification writes a primitive without attributes as its plain name, which apache-avro leaves in its object.
        let canonical = Schema::parse_str(SCHEMA).unwrap().canonical_form().replace(r#"{"type":"long"}"#, r#""long""#);
        assert_eq!(SINGLE_OBJECT_HEADER[..2], [0xc3, 0x01]);
        assert_eq!(crc_64_avro(canonical.as_bytes()).to_le_bytes(), SINGLE_OBJECT_HEADER[2..]);
    }

    /// The Avro specification's fingerprint, bit by bit.
    fn crc_64_avro(bytes: &[u8]) -> u64 {
        const EMPTY: u64 = 0xc15d_213a_a4d7_a795;
        bytes.iter().fold(EMPTY, |crc, byte| {
            let low = (crc ^ u64::from(*byte)) & 0xff;
            (crc >> 8) ^ (0..8).fold(low, |crc, _| (crc >> 1) ^ (EMPTY & (crc & 1).wrapping_neg()))
        })
    }

    proptest! {
        #[test]
        fn a_bid_reads_back_and_is_what_apache_avro_reads(
            texts in proptest::array::uniform7(".{0,8}"), timestamp_ms in any::<i64>(), floor_micros in any::<i64>(), slots in any::<i32>(),
            categories in proptest::collection::vec(".{0,4}", 0..4), keywords in proptest::collection::vec(".{0,4}", 0..4),
        ) {
            let [auction_id, user_id, country, device, exchange, currency, website] = texts.each_ref().map(String::as_str);
            let (c, k) = (gather(&categories), gather(&keywords));
            let bid = BidDatum {
                auction_id, timestamp_ms, user_id, country, device, exchange, floor_micros, currency, slots, website,
                categories: Texts::from_strings(categories.len(), &c).unwrap(),
                keywords: Texts::from_strings(keywords.len(), &k).unwrap(),
            };
            let mut bytes = Vec::new();
            bid.write(&mut bytes);
            let read = BidDatum::read(&bytes).unwrap();
            let mut again = Vec::new();
            read.write(&mut again);
            prop_assert_eq!(&again, &bytes);
            prop_assert_eq!(read.categories.iter().collect::<Vec<_>>(), categories);
            prop_assert_eq!(read.keywords.iter().collect::<Vec<_>>(), keywords);
            let schema = Schema::parse_str(SCHEMA).unwrap();
            let value = apache_avro::from_avro_datum(&schema, &mut &bytes[10..], None).unwrap();
            let apache_avro::types::Value::Record(record) = value else { panic!("no record") };
            prop_assert_eq!(&record[0].1, &apache_avro::types::Value::String(auction_id.to_owned()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(datum in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = BidDatum::read(&[&SINGLE_OBJECT_HEADER[..], &datum].concat());
        }
    }

    #[test]
    fn arrays_in_several_blocks_and_hostile_counts() {
        let head = |out: &mut Vec<u8>| {
            write_string("a", out);
            write_long(0, out);
            (0..4).for_each(|_| write_string("x", out));
            write_long(1, out);
            write_string("", out);
            write_long(1, out);
            write_string("w", out);
        };
        let mut bytes = SINGLE_OBJECT_HEADER.to_vec();
        head(&mut bytes);
        for block in [1i64, -1] {
            write_long(block, &mut bytes);
            if block < 0 {
                write_long(2, &mut bytes);
            }
            write_string("k", &mut bytes);
        }
        bytes.extend_from_slice(&[0, 0]);
        let bid = BidDatum::read(&bytes).unwrap();
        assert_eq!((bid.categories.iter().collect::<Vec<_>>(), bid.keywords.len()), (vec!["k", "k"], 0));
        for count in [i64::MAX, i64::MIN, 1 << 40] {
            let mut bytes = SINGLE_OBJECT_HEADER.to_vec();
            head(&mut bytes);
            write_long(count, &mut bytes);
            assert!(BidDatum::read(&bytes).is_err());
        }
    }
}
