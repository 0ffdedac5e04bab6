//! The codecs of the Avro specification: how a block's bytes are decompressed, within a bound.

use std::io::Read;

use bzip2::read::MultiBzDecoder;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use liblzma::read::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use zstd::stream::raw::DParameter;

use crate::members::ZSTD_WINDOW_LOG_MAX;

/// A block is at most this long, decoded.
pub(super) const DECODED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A block that is within [`DECODED_BYTES_MAX`] is compressed to no more than this, however badly (snappy: a sixth more).
pub(super) const COMPRESSED_BYTES_MAX: usize = 80 * 1024 * 1024;
/// What the largest preset of xz asks for, 65 MiB, and some.
const XZ_MEMORY_BYTES_MAX: u64 = 100 * 1024 * 1024;
const PIECE_BYTES: usize = 64 * 1024;

/// How the blocks of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Null,
    Deflate,
    Bzip2,
    Snappy,
    Xz,
    Zstandard,
}

impl Codec {
    /// The codec of this name in a header.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"null" => Codec::Null,
            b"deflate" => Codec::Deflate,
            b"bzip2" => Codec::Bzip2,
            b"snappy" => Codec::Snappy,
            b"xz" => Codec::Xz,
            b"zstandard" => Codec::Zstandard,
            _ => return None,
        })
    }

    /// Whether a block's bytes are its data.
    pub(super) fn is_null(self) -> bool {
        self == Codec::Null
    }

    /// The block's data, in `room` unless it is `data` itself; none where it does not decompress to at most `limit` bytes.
    pub(super) fn decode<'a>(self, data: &'a [u8], limit: usize, room: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        room.clear();
        match self {
            Codec::Null => return (data.len() <= limit).then_some(data),
            Codec::Deflate => inflate(data, limit, room)?,
            Codec::Bzip2 => read_within(MultiBzDecoder::new(data), limit, room)?,
            Codec::Snappy => unsnap(data, limit, room)?,
            Codec::Xz => {
                let stream = Stream::new_stream_decoder(XZ_MEMORY_BYTES_MAX, CONCATENATED).ok()?;
                read_within(XzDecoder::new_stream(data, stream), limit, room)?;
            }
            Codec::Zstandard => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(data).ok()?;
                decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX)).ok()?;
                read_within(decoder, limit, room)?;
            }
        }
        Some(room)
    }
}

/// Makes room for at least one byte more, past `limit` by one at most so that an excess shows.
fn grow(room: &mut Vec<u8>, limit: usize) {
    let length = (room.len() * 2).max(PIECE_BYTES).min(limit + 1);
    room.reserve_exact(length - room.len()); // `resize` alone would reserve twice the bound
    room.resize(length, 0);
}

fn read_within(mut source: impl Read, limit: usize, room: &mut Vec<u8>) -> Option<()> {
    let mut filled = 0;
    loop {
        if filled > limit {
            return None;
        }
        if filled == room.len() {
            grow(room, limit);
        }
        match source.read(&mut room[filled..]).ok()? {
            0 => break,
            count => filled += count,
        }
    }
    room.truncate(filled);
    Some(())
}

/// Raw deflate. Bytes after its end are let pass: the specification's own Python writer leaves part of a checksum there.
fn inflate(data: &[u8], limit: usize, room: &mut Vec<u8>) -> Option<()> {
    let mut inflater = Decompress::new(false);
    loop {
        let (read, filled) = (inflater.total_in() as usize, inflater.total_out() as usize);
        if filled > limit {
            return None;
        }
        if filled == room.len() {
            grow(room, limit);
        }
        let status = inflater.decompress(&data[read..], &mut room[filled..], FlushDecompress::None).ok()?;
        let progress = (inflater.total_in() as usize, inflater.total_out() as usize);
        match status {
            Status::StreamEnd => break,
            Status::Ok | Status::BufError if progress == (read, filled) => return None,
            Status::Ok | Status::BufError => {}
        }
    }
    let length = inflater.total_out() as usize;
    room.truncate(length);
    (length <= limit).then_some(())
}

/// Snappy without framing, then the big-endian CRC-32 of the data.
fn unsnap(data: &[u8], limit: usize, room: &mut Vec<u8>) -> Option<()> {
    let (compressed, sum) = data.split_last_chunk::<4>()?;
    let length = snap::raw::decompress_len(compressed).ok().filter(|length| *length <= limit)?;
    room.resize(length, 0);
    let written = snap::raw::Decoder::new().decompress(compressed, room).ok()?;
    let mut crc = Crc::new();
    crc.update(room);
    (written == length && crc.sum() == u32::from_be_bytes(*sum)).then_some(())
}
