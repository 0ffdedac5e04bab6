//! What lies behind a flaw: a sound frame there shows that the flaw is damage, and not the torn end of a writer that died.

use std::fs::File;
use std::io::{self, BufReader, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use crate::frame::{HEADER_BYTES, Header, Position};
use crate::scan::is_sound;

const WINDOW_BYTES: u64 = 256 << 10;

/// The place of the first frame in `file`, of `length` bytes, that begins behind byte `flaw`, is whole and could be a later one
/// than that of `expected`, which should be at the flaw. The length of a damaged frame says nothing, so every byte may begin one.
pub(crate) fn sound_frame(file: &File, length: u64, flaw: u64, expected: Position) -> io::Result<Option<u64>> {
    let mut window = Vec::new();
    let mut start = flaw + 1;
    while length.saturating_sub(start) >= HEADER_BYTES as u64 {
        window.resize(WINDOW_BYTES.min(length - start) as usize, 0);
        file.read_exact_at(&mut window, start)?;
        for (at, bytes) in (start..).zip(window.windows(HEADER_BYTES)) {
            if let Some(bytes) = bytes.first_chunk()
                && let Some(header) = later(bytes, expected, length - at)
                && is_sound(&mut behind_header(file, at)?, bytes, &header)?
            {
                return Ok(Some(at));
            }
        }
        start += (window.len() - HEADER_BYTES) as u64 + 1;
    }
    Ok(None)
}

/// The header, if a frame of this one fits into the bytes that are `left` and its place is as near as that of the next frame.
fn later(bytes: &[u8; HEADER_BYTES], expected: Position, left: u64) -> Option<Header> {
    let header = Header::parse(bytes).ok()?;
    let distance = header.first.0.checked_sub(expected.0)?;
    ((1..=u64::from(u32::MAX)).contains(&distance) && header.frame_bytes() <= left).then_some(header)
}

fn behind_header(file: &File, at: u64) -> io::Result<BufReader<&File>> {
    let mut source = BufReader::new(file);
    source.seek(SeekFrom::Start(at + HEADER_BYTES as u64))?;
    Ok(source)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;
    use crate::frame::{UnixMillis, seal};

    fn frame(first: u64, payload: usize) -> Vec<u8> {
        let mut frame = vec![0x5a; HEADER_BYTES + payload];
        seal(&mut frame, Position(first), NonZeroU32::MIN, UnixMillis(0)).expect("short enough");
        frame
    }

    fn found(bytes: &[u8], flaw: u64) -> Option<u64> {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        sound_frame(&file, bytes.len() as u64, flaw, Position(7)).expect("read")
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn a_later_frame_is_found_wherever_it_begins(before in 1..2 * WINDOW_BYTES as usize, payload in 0..500usize, first in 8..1_000u64) {
            let mut bytes = vec![0xff; before];
            bytes.extend(frame(first, payload));
            prop_assert_eq!(found(&bytes, 0), Some(before as u64));
            bytes.pop();
            prop_assert_eq!(found(&bytes, 0), None, "it is cut itself");
        }
    }

    #[test]
    fn frames_at_the_flaw_and_before_it_do_not_count() {
        assert_eq!(found(&frame(8, 3), 0), None);
        assert_eq!(found(&[vec![1], frame(7, 3)].concat(), 0), None);
        assert_eq!(found(&[vec![1], frame(8 + u64::from(u32::MAX), 3)].concat(), 0), None, "too far to follow");
        assert_eq!(found(&[1; 40], 39), None);
        assert_eq!(found(&[], 0), None);
    }
}
