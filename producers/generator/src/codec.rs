//! The codecs of the Avro specification: how blocks of bid requests are compressed.

use std::io::{self, Write};
use std::str::FromStr;

use bzip2::write::BzEncoder;
use flate2::write::DeflateEncoder;
use liblzma::write::XzEncoder;

/// Preset of xz and level of zstd: fast ones, since traffic is made to be read at once.
const FAST: u32 = 1;

/// How blocks are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Null,
    Deflate,
    Bzip2,
    Snappy,
    Xz,
    Zstandard,
}

/// Text that names no codec.
#[derive(Debug, thiserror::Error)]
#[error("a codec is null, deflate, bzip2, snappy, xz or zstandard, not \"{text}\"")]
pub struct CodecError {
    text: String,
}

impl Codec {
    pub const ALL: [Codec; 6] = [Codec::Null, Codec::Deflate, Codec::Bzip2, Codec::Snappy, Codec::Xz, Codec::Zstandard];

    /// As the header of a file names it.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Null => "null",
            Codec::Deflate => "deflate",
            Codec::Bzip2 => "bzip2",
            Codec::Snappy => "snappy",
            Codec::Xz => "xz",
            Codec::Zstandard => "zstandard",
        }
    }

    /// A block's data as they stand in the file.
    pub fn compress(self, data: Vec<u8>) -> io::Result<Vec<u8>> {
        let room = Vec::with_capacity(data.len());
        match self {
            Codec::Null => Ok(data),
            Codec::Deflate => {
                let mut packed = DeflateEncoder::new(room, flate2::Compression::fast());
                packed.write_all(&data)?;
                packed.finish()
            }
            Codec::Bzip2 => {
                let mut packed = BzEncoder::new(room, bzip2::Compression::fast());
                packed.write_all(&data)?;
                packed.finish()
            }
            Codec::Snappy => {
                let mut packed = snap::raw::Encoder::new().compress_vec(&data)?;
                let mut sum = flate2::Crc::new();
                sum.update(&data);
                packed.extend_from_slice(&sum.sum().to_be_bytes());
                Ok(packed)
            }
            Codec::Xz => {
                let mut packed = XzEncoder::new(room, FAST);
                packed.write_all(&data)?;
                packed.finish()
            }
            Codec::Zstandard => zstd::encode_all(&data[..], FAST as i32),
        }
    }
}

impl FromStr for Codec {
    type Err = CodecError;

    fn from_str(text: &str) -> Result<Self, CodecError> {
        let named = Self::ALL.into_iter().find(|codec| codec.name() == text);
        named.ok_or_else(|| CodecError { text: text.to_owned() })
    }
}

impl std::fmt::Display for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codec_reads_back_from_its_name() {
        for codec in Codec::ALL {
            assert_eq!(codec.to_string().parse::<Codec>().unwrap(), codec);
        }
        let told = "lz4".parse::<Codec>().unwrap_err().to_string();
        assert_eq!(told, "a codec is null, deflate, bzip2, snappy, xz or zstandard, not \"lz4\"");
    }
}
