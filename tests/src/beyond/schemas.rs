//! Writer schemas that are not the reader's: those that resolve, and those that do not.

use super::{AT_MS, Case};
use crate::avro::{Block, Codec, container, long, text};

/// A record of the same names in another order, with more fields, and types that promote.
const WIDER: &str = r#"{"type":"record","name":"BidRequest","namespace":"elsewhere","fields":[
  {"name":"targeting","type":{"type":"record","name":"Targeting","fields":[
    {"name":"keywords","type":{"type":"array","items":"bytes"}},
    {"name":"scores","type":{"type":"map","values":["null","double"]}},
    {"name":"website","type":"bytes"},
    {"name":"categories","type":{"type":"array","items":"string"}}]}},
  {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["BANNER","VIDEO"]}},
  {"name":"auction","type":{"type":"record","name":"Auction","fields":[
    {"name":"slots","type":"int"},
    {"name":"digest","type":{"type":"fixed","name":"Digest","size":3}},
    {"name":"floor_micros","type":"int"},
    {"name":"currency","type":"string"},
    {"name":"exchange","type":"string"}]}},
  {"name":"user","type":{"type":"record","name":"User","fields":[
    {"name":"country","type":"string"},{"name":"device","type":"string"},{"name":"user_id","type":"string"}]}},
  {"name":"won","type":"boolean"},
  {"name":"timestamp","type":"long"},
  {"name":"auction_id","type":"string"}]}"#;

fn wider(auction: u32) -> Vec<u8> {
    let mut out = Vec::new();
    long(&mut out, 1);
    text(&mut out, "word");
    long(&mut out, 0);
    // Two scores: null and 0.5.
    long(&mut out, 2);
    text(&mut out, "a");
    long(&mut out, 0);
    text(&mut out, "b");
    long(&mut out, 1);
    out.extend_from_slice(&0.5f64.to_le_bytes());
    long(&mut out, 0);
    text(&mut out, "site.example");
    long(&mut out, 0);
    long(&mut out, 1);
    long(&mut out, 1);
    out.extend_from_slice(b"\xff\x00\xff");
    long(&mut out, 5);
    ["", "x", "USA", "tv", "user"].iter().for_each(|field| text(&mut out, field));
    out.push(1);
    long(&mut out, AT_MS);
    text(&mut out, format!("auction {auction}"));
    out
}

/// The reader's schema but for the currency, the slots, and what stands behind them.
fn schema(currency: &str, slots: &str) -> String {
    format!(
        r#"{{"type":"record","name":"BidRequest","fields":[{{"name":"auction_id","type":"string"}},
        {{"name":"timestamp","type":"long"}},{{"name":"user","type":{{"type":"record","name":"User","fields":[
        {{"name":"user_id","type":"string"}},{{"name":"country","type":"string"}},{{"name":"device","type":"string"}}]}}}},
        {{"name":"auction","type":{{"type":"record","name":"Auction","fields":[{{"name":"exchange","type":"string"}},
        {{"name":"floor_micros","type":"long"}}{currency}{slots}]}}}},
        {{"name":"targeting","type":{{"type":"record","name":"Targeting","fields":[{{"name":"website","type":"string"}},
        {{"name":"categories","type":{{"type":"array","items":"string"}}}},
        {{"name":"keywords","type":{{"type":"array","items":"string"}}}}]}}}}]}}"#
    )
}

const CURRENCY: &str = r#",{"name":"currency","type":"string"}"#;
const OPTIONAL_CURRENCY: &str = r#",{"name":"currency","type":["null","string"]}"#;
const SLOTS: &str = r#",{"name":"slots","type":"int"}"#;
const TEXT_SLOTS: &str = r#",{"name":"slots","type":"string"}"#;

/// A datum of [`schema`] with those bytes for currency and slots.
fn datum(auction: u32, middle: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    text(&mut out, format!("auction {auction}"));
    long(&mut out, AT_MS);
    ["user", "USA", "tv", "x"].iter().for_each(|field| text(&mut out, field));
    long(&mut out, 5);
    out.extend_from_slice(middle);
    text(&mut out, "site.example");
    long(&mut out, 0);
    long(&mut out, 0);
    out
}

fn file(schema: &str, data: &[Vec<u8>]) -> Vec<u8> {
    container(schema, "null", &[Block::of(data, Codec::Null)])
}

pub(super) fn cases() -> Vec<Case> {
    // Currency: the branch of null, or that of a text, here USD.
    let (null, usd) = ([0, 2], [2, 6, b'U', b'S', b'D', 2]);
    let optional = file(&schema(OPTIONAL_CURRENCY, SLOTS), &[datum(1, &null), datum(2, &usd), datum(3, &null)]);
    let lacking = file(&schema(CURRENCY, ""), &[datum(1, &[0]), datum(2, &[0])]);
    let other_type = file(&schema(CURRENCY, TEXT_SLOTS), &[datum(1, &[0, 2, b'1'])]);
    // The whole datum as one branch of a union.
    let union = format!(r#"["null",{}]"#, schema(CURRENCY, SLOTS));
    let branch = |datum: Vec<u8>| [vec![2], datum].concat();
    let in_union = file(&union, &[branch(datum(1, &[0, 2])), vec![0], branch(datum(2, &[0, 2]))]);
    vec![
        Case::bids("another order, more fields, types that promote", file(WIDER, &[wider(1), wider(2)]), 2, &[]),
        Case::bids("an optional currency, two of three absent", optional, 1, &[("bad_avro", 2)]),
        Case::bids("a writer without slots", lacking, 0, &[("bad_avro", 2)]),
        Case::bids("a writer whose slots are text", other_type, 0, &[("bad_avro", 1)]),
        Case::bids("a union of null and the record", in_union, 2, &[("bad_avro", 1)]),
        Case::bids("a writer of texts alone", file("\"string\"", &[vec![2, b'a'], vec![0]]), 0, &[("bad_avro", 2)]),
    ]
}
