//! Container files in every codec, and files and blocks that are broken.

use super::{Case, bid, bid_with};
use crate::avro::{BID_REQUEST, Block, Codec, container, pack};

const ONE: &[(&str, u64)] = &[("bad_avro", 1)];
/// As large as a record may be.
const RECORD_BYTES_MAX: usize = 256 * 1024;

pub(super) fn cases() -> Vec<Case> {
    [codecs(), files(), broken_blocks(), data()].concat()
}

fn codecs() -> Vec<Case> {
    let names = ["codec null", "codec deflate", "codec bzip2", "codec snappy", "codec xz", "codec zstandard"];
    let sound = |(codec, name): (Codec, &'static str)| {
        let blocks = [Block::of(&[bid(1), bid(2)], codec), Block::of(&[bid(3)], codec)];
        Case::bids(name, container(BID_REQUEST, codec.name(), &blocks), 3, &[])
    };
    Codec::ALL.into_iter().zip(names).map(sound).collect()
}

/// Files without a readable header.
fn files() -> Vec<Case> {
    let blocks = [Block::of(&[bid(1)], Codec::Null)];
    let sound = container(BID_REQUEST, "null", &blocks);
    let header = container(BID_REQUEST, "null", &[]).len();
    vec![
        Case::bids("an empty file", Vec::new(), 0, &[]),
        Case::bids("a file that is not Avro", b"auction_id,timestamp\n1,2\n".to_vec(), 0, ONE),
        Case::bids("a file of another version of Avro", [b"Obj\x02", &sound[4..]].concat(), 0, ONE),
        Case::bids("a header that is cut", sound[..header - 8].to_vec(), 0, ONE),
        Case::bids("a header alone", sound[..header].to_vec(), 0, &[]),
        Case::bids("an unknown codec", container(BID_REQUEST, "lz4", &blocks), 0, ONE),
        Case::bids("a schema that is not JSON", container("{\"type\":", "null", &blocks), 0, ONE),
        Case::bids("a schema that names an unknown type", container("\"nothing\"", "null", &blocks), 0, ONE),
    ]
}

/// A broken block between a sound one and two sound ones, in each of its kinds.
fn broken_blocks() -> Vec<Case> {
    let deflate = |packed: Vec<u8>| Block { packed, ..Block::of(&[bid(7), bid(8)], Codec::Deflate) };
    let mut cases = vec![
        around("a block that does not inflate", deflate(b"\xff\xff\xff\xff".to_vec()), Codec::Deflate, 3),
        around("a block over 64 MiB", deflate(pack(Codec::Deflate, vec![0; (64 << 20) + 1])), Codec::Deflate, 3),
        around("a block with bytes left over", with_count(1), Codec::Null, 3),
        around("a block with too few bytes", with_count(3), Codec::Null, 3),
        around("a block of a negative count", with_count(-2), Codec::Null, 3),
        around("a block of more than 1 Mi records", with_count((1 << 20) + 1), Codec::Null, 3),
    ];
    let mut crc = Block::of(&[bid(7), bid(8)], Codec::Snappy);
    *crc.packed.last_mut().expect("a block is not empty") ^= 1;
    cases.push(around("a snappy block of another checksum", crc, Codec::Snappy, 3));
    // Reading resumes at the next marker, which is that of the block after it.
    let unmarked = Block { sync: *b"not the marker..", ..Block::of(&[bid(7), bid(8)], Codec::Null) };
    cases.push(around("a block without the sync marker", unmarked, Codec::Null, 2));
    cases.push(cut_in_the_last_block());
    cases
}

fn around(name: &'static str, broken: Block, codec: Codec, accepted: u64) -> Case {
    let [before, after, last] = [1, 2, 3].map(|auction| Block::of(&[bid(auction)], codec));
    Case::bids(name, container(BID_REQUEST, codec.name(), &[before, broken, after, last]), accepted, ONE)
}

fn with_count(count: i64) -> Block {
    Block { count, ..Block::of(&[bid(7), bid(8)], Codec::Null) }
}

fn cut_in_the_last_block() -> Case {
    let blocks = [Block::of(&[bid(1)], Codec::Null), Block::of(&[bid(2)], Codec::Null)];
    let mut bytes = container(BID_REQUEST, "null", &blocks);
    bytes.truncate(bytes.len() - 20);
    Case::bids("a file cut in its last block", bytes, 1, ONE)
}

/// Sound blocks with a datum that is not.
fn data() -> Vec<Case> {
    let one = |name, datum: Vec<u8>, accepted, rejected| {
        let blocks = [Block::of(&[bid(1), datum, bid(2)], Codec::Null)];
        Case::bids(name, container(BID_REQUEST, "null", &blocks), accepted, rejected)
    };
    vec![
        one("a text that is not UTF-8", bid_with(7, b"\xc3\x28", &[]), 2, ONE),
        one("an item that is not UTF-8", bid_with(7, b"s", &[b"\xff"]), 2, ONE),
        one("a datum as large as can be", sized(RECORD_BYTES_MAX), 3, &[]),
        one("a datum a byte larger", sized(RECORD_BYTES_MAX + 1), 2, &[("too_large", 1)]),
    ]
}

/// A datum of that many bytes.
fn sized(bytes: usize) -> Vec<u8> {
    // A text of this order takes three bytes for its length.
    let text_bytes = bytes - bid_with(7, b"", &[]).len() - 2;
    bid_with(7, &vec![b'p'; text_bytes], &[])
}
