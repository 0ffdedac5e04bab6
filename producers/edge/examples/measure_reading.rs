//! How fast files are read, numbered and put into the form of their topic: `cargo run -p adx-edge --example measure_reading`.

use std::error::Error;
use std::io::{self, Read};
use std::path::Path;
use std::time::Instant;

use adx_edge::numbering::Numbering;
use adx_edge::record::Records;
use adx_edge::source::{EdgeId, SourceName};
use adx_events::bid::{BidDatum, SCHEMA, Texts, write_long, write_string};
use adx_events::offset::PartitionCount;
use adx_events::topic::Topic;

const RECORDS: usize = 400_000;
const BLOCK_RECORDS: usize = 500;

fn impressions() -> Vec<u8> {
    let line = |n: usize| {
        format!(
            "{{\"impression_id\":\"imp-{n}\",\"ad_creative_id\":\"cr-{}\",\"user_id\":\"user-{}\",\"timestamp\":\"2026-03-01T00:20:00.{:03}Z\",\
             \"website\":\"https://news.example.org/a/{n}\",\"country\":\"DEU\",\"device\":\"phone\",\"cost_micros\":{n},\"viewable\":true}}\n",
            n % 90,
            n % 7_001,
            n % 1_000
        )
    };
    (0..RECORDS).map(line).collect::<String>().into_bytes()
}

fn clicks() -> Vec<u8> {
    let row = |n: usize| format!("user-{},2026-03-01T00:20:00Z,cmp-{},click,ev-{n},imp-{n},,,USD\n", n % 7_001, n % 30);
    let header =
        "user_id,timestamp,campaign_id,conversion_type,event_id,impression_id,click_id,value_micros,currency\n"
            .to_owned();
    (header + &(0..RECORDS).map(row).collect::<String>()).into_bytes()
}

fn datum(n: usize) -> Vec<u8> {
    let mut texts = Vec::new();
    ["IAB1", "IAB19", "news", "sport"].iter().for_each(|text| write_string(text, &mut texts));
    let (auction_id, user_id) = (format!("auction-{n}"), format!("user-{}", n % 7_001));
    let list = Texts::from_strings(4, &texts).unwrap_or_default();
    let mut out = Vec::new();
    BidDatum {
        auction_id: &auction_id,
        timestamp_ms: 1_772_324_400_000 + n as i64,
        user_id: &user_id,
        country: "DEU",
        device: "phone",
        exchange: "exchange-1",
        floor_micros: 250_000,
        currency: "USD",
        slots: 2,
        website: "https://news.example.org/a",
        categories: list,
        keywords: list,
    }
    .write(&mut out);
    out.split_off(10) // the single-object header
}

fn bids(codec: &str, compress: impl Fn(&[u8]) -> io::Result<Vec<u8>>) -> io::Result<(Vec<u8>, usize)> {
    let (mut file, mut length) = (b"Obj\x01\x04".to_vec(), 0);
    for (key, value) in [("avro.schema", SCHEMA), ("avro.codec", codec)] {
        write_string(key, &mut file);
        write_string(value, &mut file);
    }
    file.extend_from_slice(&[0; 17]);
    for first in (0..RECORDS).step_by(BLOCK_RECORDS) {
        let data: Vec<u8> = (first..first + BLOCK_RECORDS).flat_map(datum).collect();
        length += data.len();
        let data = compress(&data)?;
        write_long(BLOCK_RECORDS as i64, &mut file);
        write_long(data.len() as i64, &mut file);
        file.extend_from_slice(&data);
        file.extend_from_slice(&[0; 16]);
    }
    Ok((file, length))
}

/// Reads `file`, which stands for `length` bytes of records.
fn measure(what: &str, topic: Topic, file: Vec<u8>, length: usize) -> Result<(), Box<dyn Error>> {
    let partitions = PartitionCount::new(4).ok_or("no partitions")?;
    let source = SourceName::of_file(&EdgeId::new("edge")?, Path::new("measured"));
    let mut numbering = Numbering::new(source, topic, partitions);
    let started = Instant::now();
    let mut records = Records::new(topic, Box::new(io::Cursor::new(file)));
    let (mut count, mut bytes) = (0u64, 0);
    while let Some(event) = records.next() {
        bytes += numbering.number(&event).value.len();
        count += 1;
    }
    let seconds = started.elapsed().as_secs_f64();
    let (mb_s, k_s) = (length as f64 / seconds / 1e6, count as f64 / seconds / 1e3);
    println!("{what:<18} {mb_s:>7.0} MB/s {k_s:>7.0} k records/s ({count} records, {bytes} bytes published)");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    for (what, topic, file) in [("impressions", Topic::Impressions, impressions()), ("clicks", Topic::Clicks, clicks())]
    {
        let length = file.len();
        measure(what, topic, file, length)?;
    }
    let deflate = |data: &[u8]| {
        let mut out = Vec::new();
        flate2::read::DeflateEncoder::new(data, flate2::Compression::default()).read_to_end(&mut out)?;
        Ok(out)
    };
    let (file, length) = bids("null", |data| Ok(data.to_vec()))?;
    measure("bids", Topic::Bids, file, length)?;
    let (file, length) = bids("deflate", deflate)?;
    measure("bids, deflate", Topic::Bids, file, length)?;
    let (file, length) = bids("zstandard", |data| zstd::encode_all(data, 3))?;
    measure("bids, zstandard", Topic::Bids, file, length)
}
