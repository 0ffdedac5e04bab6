//! Opens a file for reading, decompressed as its name says.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::members::{Gzip, Members, Zstd};

const COMPRESSED_BUFFER_BYTES: usize = 64 * 1024;

/// The file's bytes; `.gz` (all members) and `.zst` (all frames) decompressed. A cut or broken stream is an error after all that could be read.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let file = File::open(path)?;
    let buffered = |file| BufReader::with_capacity(COMPRESSED_BUFFER_BYTES, file);
    Ok(match suffix(path.as_os_str()) {
        b".gz" => Box::new(Members::new(buffered(file), Gzip::new())),
        b".zst" => Box::new(Members::new(buffered(file), Zstd::new()?)),
        _ => Box::new(file),
    })
}

/// What a name ends in, from its last dot.
fn suffix(name: &OsStr) -> &[u8] {
    let bytes = name.as_encoded_bytes();
    bytes.iter().rposition(|b| *b == b'.').map_or(&[], |dot| &bytes[dot..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_what_follows_the_last_dot() {
        for (name, expected) in
            [("a.jsonl.gz", ".gz"), (".zst", ".zst"), ("a.GZ", ".GZ"), ("gz", ""), ("a.gz/b", ".gz/b")]
        {
            assert_eq!(suffix(OsStr::new(name)), expected.as_bytes(), "{name}");
        }
    }
}
