//! Writes Avro object container files byte by byte, sound ones and, where a test wants it, others.

use adx_events::bid::write_long;
pub use adx_generator::Codec;

/// The reader schema of bid requests.
pub const BID_REQUEST: &str = include_str!("../../events/bid-request.avsc");
const SYNC: &[u8; 16] = b"0123456789abcdef";

/// The bytes of a block as a codec stores them.
pub fn pack(codec: Codec, data: Vec<u8>) -> Vec<u8> {
    codec.compress(data).expect("a vector takes every write")
}

/// A block as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub count: i64,
    pub packed: Vec<u8>,
    pub sync: [u8; 16],
}

impl Block {
    /// A sound block.
    pub fn of(data: &[Vec<u8>], codec: Codec) -> Self {
        Self { count: data.len() as i64, packed: pack(codec, data.concat()), sync: *SYNC }
    }
}

/// A file of these blocks.
pub fn container(schema: &str, codec: &str, blocks: &[Block]) -> Vec<u8> {
    let mut out = b"Obj\x01".to_vec();
    long(&mut out, 2);
    for (name, value) in [("avro.schema", schema), ("avro.codec", codec)] {
        text(&mut out, name);
        text(&mut out, value);
    }
    long(&mut out, 0);
    out.extend_from_slice(SYNC);
    for block in blocks {
        long(&mut out, block.count);
        long(&mut out, block.packed.len() as i64);
        out.extend_from_slice(&block.packed);
        out.extend_from_slice(&block.sync);
    }
    out
}

/// A string, or bytes.
pub fn text(out: &mut Vec<u8>, text: impl AsRef<[u8]>) {
    let bytes = text.as_ref();
    long(out, bytes.len() as i64);
    out.extend_from_slice(bytes);
}

/// Avro's `int` and `long`.
pub fn long(out: &mut Vec<u8>, n: i64) {
    write_long(n, out);
}
