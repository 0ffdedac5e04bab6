//! Writes Avro object container files byte by byte, sound ones and, where a test wants it, others.

use std::io::Write;

use flate2::Compression;

/// The reader schema of bid requests.
pub const BID_REQUEST: &str = include_str!("../../events/bid-request.avsc");
const SYNC: &[u8; 16] = b"0123456789abcdef";

/// The codecs of the Avro specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Null,
    Deflate,
    Bzip2,
    Snappy,
    Xz,
    Zstandard,
}

impl Codec {
    pub const ALL: [Codec; 6] = [Codec::Null, Codec::Deflate, Codec::Bzip2, Codec::Snappy, Codec::Xz, Codec::Zstandard];

    pub fn name(self) -> &'static str {
        match self {
            Codec::Null => "null",
            Codec::Deflate => "deflate",
            Codec::Bzip2 => "bzip2",
            Codec::Snappy => "snappy",
            Codec::Xz => "xz",
            Codec::Zstandard => "zstandard",
        }
    }

    /// The bytes of a block as this codec stores them.
    pub fn pack(self, data: &[u8]) -> Vec<u8> {
        const TAKES_ALL: &str = "a vector takes every write";
        match self {
            Codec::Null => data.to_vec(),
            Codec::Deflate => {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(data).and_then(|()| encoder.finish()).expect(TAKES_ALL)
            }
            Codec::Bzip2 => {
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                encoder.write_all(data).and_then(|()| encoder.finish()).expect(TAKES_ALL)
            }
            Codec::Snappy => {
                let mut packed = snap::raw::Encoder::new().compress_vec(data).expect("the data is small");
                let mut crc = flate2::Crc::new();
                crc.update(data);
                packed.extend_from_slice(&crc.sum().to_be_bytes());
                packed
            }
            Codec::Xz => {
                let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
                encoder.write_all(data).and_then(|()| encoder.finish()).expect(TAKES_ALL)
            }
            Codec::Zstandard => zstd::encode_all(data, 1).expect(TAKES_ALL),
        }
    }
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
        Self { count: data.len() as i64, packed: codec.pack(&data.concat()), sync: *SYNC }
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

/// Avro's `int` and `long`: zig-zag, seven bits a byte, the low ones first.
pub fn long(out: &mut Vec<u8>, n: i64) {
    let mut rest = ((n << 1) ^ (n >> 63)) as u64;
    while rest > 0x7f {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}
