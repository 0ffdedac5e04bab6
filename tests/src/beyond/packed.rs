//! Compressed files, whole and cut, and file names that are not UTF-8.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Case, bid, line};
use crate::avro::{BID_REQUEST, Block, Codec, container};

pub(super) fn cases() -> Vec<Case> {
    let three = joined(&[line(1), line(2), line(3)]);
    let (head, tail) = three.split_at(three.len() / 2);
    let two_frames = [zst(head), zst(tail)].concat();
    let two_members = [gzip(head, 6), gzip(tail, 6)].concat();
    let bids = container(BID_REQUEST, "null", &[Block::of(&[bid(1), bid(2)], Codec::Null)]);
    let mut cases = vec![
        Case::lines("a zstandard file", "impressions/a.jsonl.zst", zst(&three), 3),
        Case::lines("two zstandard frames, cut inside a line", "impressions/a.jsonl.zst", two_frames, 3),
        Case::lines("two gzip members, cut inside a line", "impressions/a.jsonl.gz", two_members, 3),
        Case::lines("an empty file inside gzip", "impressions/a.jsonl.gz", gzip(b"", 6), 0),
        Case::lines("an empty file inside zstandard", "impressions/a.jsonl.zst", zst(b""), 0),
        Case::lines("an empty file that should be zstandard", "impressions/a.jsonl.zst", Vec::new(), 0),
        Case { accepted: [3, 0, 0], ..Case::of("a file name that is not UTF-8", b"impressions/\xff\xfe.jsonl", three) },
        Case { accepted: [0, 0, 2], ..Case::of("bid requests inside zstandard", b"bids/a.avro.zst", zst(&bids)) },
    ];
    cases.extend([cut_gzip(), cut_zst(), clicks_in_zst()]);
    cases
}

fn joined(lines: &[Vec<u8>]) -> Vec<u8> {
    lines.join(&b'\n')
}

fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("a vector takes every write")
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("a vector takes every write")
}

/// Stored without compression, so that the cut falls inside the third line, which is a record all the same.
fn cut_gzip() -> Case {
    let mut bytes = gzip(&joined(&[line(1), line(2), line(3)]), 0);
    bytes.truncate(bytes.len() - 8 - line(3).len() / 2);
    let name = "a gzip file cut inside a line";
    let rejected: [&'static [(&'static str, u64)]; 3] = [&[("bad_json", 1)], &[], &[]];
    Case { rejected, cut: Some("a.jsonl.gz"), ..Case::lines(name, "impressions/a.jsonl.gz", bytes, 2) }
}

/// The second frame is cut in its header: nothing of it can be read.
fn cut_zst() -> Case {
    let mut bytes = zst(&[joined(&[line(1), line(2)]), b"\n".to_vec()].concat());
    bytes.extend_from_slice(&zst(&line(3))[..5]);
    let name = "a zstandard file cut in a frame's header";
    Case { cut: Some("a.jsonl.zst"), ..Case::lines(name, "impressions/a.jsonl.zst", bytes, 2) }
}

fn clicks_in_zst() -> Case {
    let rows = b"timestamp,user_id,campaign_id,conversion_type\n1772324400000,u,A,click\n1772324400000,u,\"A\n";
    let rejected: [&'static [(&'static str, u64)]; 3] = [&[], &[("bad_row", 1)], &[]];
    let case = Case::of("a quote that never closes at the end of a zstandard file", b"clicks/a.csv.zst", zst(rows));
    Case { accepted: [0, 1, 0], rejected, ..case }
}
