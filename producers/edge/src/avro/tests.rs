//! Whole files: how the tests write them. What is sound, what is odd, what is hostile stands in the files below.

mod blocks;
mod hostile;
mod resolution;

use std::io::Write as _;

use adx_events::bid::{BidDatum, SCHEMA, Texts, write_long, write_string};
use adx_events::topic::Topic;
use proptest::prelude::*;

use crate::record::{Body, Records};
use crate::testing::Cuts;

const SYNC: [u8; 16] = *b"0123456789abcdef";
const CODECS: [&str; 6] = ["null", "deflate", "bzip2", "snappy", "xz", "zstandard"];

fn header(schema: &str, codec: &str) -> Vec<u8> {
    let mut out = b"Obj\x01".to_vec();
    write_long(2, &mut out);
    for (key, value) in [("avro.schema", schema), ("avro.codec", codec)] {
        write_string(key, &mut out);
        write_string(value, &mut out);
    }
    write_long(0, &mut out);
    out.extend_from_slice(&SYNC);
    out
}

fn compressed(codec: &str, data: &[u8]) -> Vec<u8> {
    match codec {
        "null" => data.to_vec(),
        "deflate" => {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(data).unwrap();
            encoder.finish().unwrap()
        }
        "bzip2" => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(data).unwrap();
            encoder.finish().unwrap()
        }
        "snappy" => {
            let mut out = snap::raw::Encoder::new().compress_vec(data).unwrap();
            let mut crc = flate2::Crc::new();
            crc.update(data);
            out.extend_from_slice(&crc.sum().to_be_bytes());
            out
        }
        "xz" => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
            encoder.write_all(data).unwrap();
            encoder.finish().unwrap()
        }
        "zstandard" => zstd::encode_all(data, 1).unwrap(),
        other => panic!("{other}"),
    }
}

/// Count, size, data, sync marker.
fn block(count: i64, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_long(count, &mut out);
    write_long(data.len() as i64, &mut out);
    [&out, data, &SYNC].concat()
}

fn records(file: &[u8], sizes: &[usize]) -> Records {
    Records::new(Topic::Bids, Box::new(Cuts::new(file.to_vec(), sizes)))
}

/// The auction ids of the bids, and the reasons of the markers.
fn read(file: &[u8]) -> Vec<String> {
    read_cut(file, &[file.len().max(1)])
}

fn read_cut(file: &[u8], sizes: &[usize]) -> Vec<String> {
    let (mut records, mut out) = (records(file, sizes), Vec::new());
    while let Some(event) = records.next() {
        out.push(match event.body {
            Body::Record(bytes) => BidDatum::read(bytes).unwrap().auction_id.to_owned(),
            Body::Marker(marker) => format!("!{}", marker.reason),
        });
    }
    out
}

/// A bid request with texts of its own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bid {
    texts: [String; 7],
    timestamp_ms: i64,
    floor_micros: i64,
    slots: i32,
    lists: [Vec<String>; 2],
}

impl Bid {
    fn named(auction_id: &str) -> Self {
        let texts = [auction_id, "u", "DEU", "phone", "x1", "USD", "example.org"].map(str::to_owned);
        let lists = [vec!["IAB1".to_owned()], vec![]];
        Self { texts, timestamp_ms: 1_772_324_400_000, floor_micros: 5, slots: 1, lists }
    }

    /// As it is in the topic.
    fn published(&self) -> Vec<u8> {
        let gathered = self.lists.each_ref().map(|list| {
            let mut out = Vec::new();
            list.iter().for_each(|text| write_string(text, &mut out));
            out
        });
        let [auction_id, user_id, country, device, exchange, currency, website] =
            self.texts.each_ref().map(String::as_str);
        let texts = |i: usize| Texts::from_strings(self.lists[i].len(), &gathered[i]).unwrap();
        let (categories, keywords) = (texts(0), texts(1));
        let (timestamp_ms, floor_micros, slots) = (self.timestamp_ms, self.floor_micros, self.slots);
        let mut out = Vec::new();
        BidDatum {
            auction_id,
            timestamp_ms,
            user_id,
            country,
            device,
            exchange,
            floor_micros,
            currency,
            slots,
            website,
            categories,
            keywords,
        }
        .write(&mut out);
        out
    }

    /// As a datum of `bid-request.avsc`.
    pub(super) fn datum(&self) -> Vec<u8> {
        self.published()[10..].to_vec()
    }
}

pub(super) fn bids() -> impl Strategy<Value = Bid> {
    let texts = proptest::array::uniform7(".{0,6}");
    let lists = proptest::array::uniform2(proptest::collection::vec(".{0,4}", 0..4));
    (texts, any::<i64>(), any::<i64>(), any::<i32>(), lists).prop_map(
        |(texts, timestamp_ms, floor_micros, slots, lists)| Bid { texts, timestamp_ms, floor_micros, slots, lists },
    )
}

/// A sound file of `bid-request.avsc`, one block of each group.
fn file(codec: &str, groups: &[Vec<Bid>]) -> Vec<u8> {
    let mut out = header(SCHEMA, codec);
    for group in groups {
        let data: Vec<u8> = group.iter().flat_map(Bid::datum).collect();
        out.extend_from_slice(&block(group.len() as i64, &compressed(codec, &data)));
    }
    out
}

proptest! {
    #[test]
    fn every_codec_gives_what_was_written_however_the_file_is_cut(
        groups in proptest::collection::vec(proptest::collection::vec(bids(), 0..4), 0..4), codec in proptest::sample::select(&CODECS[..]),
        sizes in proptest::collection::vec(1..200usize, 1..4),
    ) {
        let file = file(codec, &groups);
        let (mut records, mut published) = (records(&file, &sizes), Vec::new());
        while let Some(event) = records.next() {
            let Body::Record(bytes) = event.body else { panic!("{event:?}") };
            published.push(bytes.to_vec());
        }
        prop_assert_eq!(published, groups.iter().flatten().map(Bid::published).collect::<Vec<_>>());
    }
}

#[test]
fn the_user_of_a_bid_is_its_own_or_its_auction() {
    let bid = |auction_id: &str, user_id: &str| {
        let mut bid = Bid::named(auction_id);
        bid.texts[1] = user_id.to_owned();
        bid
    };
    let file = file("null", &[vec![bid("a", "u"), bid("a", ""), bid("", "")]]);
    let mut records = records(&file, &[1_000]);
    let hash = |text: &str| Some(adx_events::fingerprint::UserHash::of(text.as_bytes()));
    for expected in [hash("u"), hash("a"), None] {
        assert_eq!(records.next().unwrap().user, expected);
    }
}
