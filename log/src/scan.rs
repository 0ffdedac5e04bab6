//! Reads a segment from its first frame on, checks every byte, and stops at the first frame that does not check.

use std::io::{self, BufRead, Read};

use crate::frame::{Flaw, HEADER_BYTES, Header, Position, checksum_of_header};
use crate::segment::Segment;

/// What a segment's bytes turned out to be.
#[derive(Debug)]
pub(crate) struct Scan {
    /// The whole frames at its start.
    pub(crate) segment: Segment,
    /// Why the bytes behind them, if there are any, are no frame.
    pub(crate) flaw: Option<Flaw>,
}

/// Scans the `length` bytes of `source`, a segment that begins at `first`. Memory does not grow with the frames.
pub(crate) fn scan(source: &mut impl BufRead, length: u64, first: Position) -> io::Result<Scan> {
    let mut segment = Segment::empty(first);
    loop {
        let left = length - segment.bytes;
        if left == 0 {
            return Ok(Scan { segment, flaw: None });
        }
        match frame(source, left, segment.next)? {
            Ok(header) => segment.push(&header),
            Err(flaw) => return Ok(Scan { segment, flaw: Some(flaw) }),
        }
    }
}

fn frame(source: &mut impl BufRead, left: u64, expected: Position) -> io::Result<Result<Header, Flaw>> {
    if left < HEADER_BYTES as u64 {
        return Ok(Err(Flaw::Cut));
    }
    let mut bytes = [0; HEADER_BYTES];
    source.read_exact(&mut bytes)?;
    let header = match Header::parse(&bytes) {
        Ok(header) if header.first == expected => header,
        Ok(_) | Err(_) => return Ok(Err(Flaw::Header)),
    };
    if header.frame_bytes() > left {
        return Ok(Err(Flaw::Cut));
    }
    Ok(if is_sound(source, &bytes, &header)? { Ok(header) } else { Err(Flaw::Checksum) })
}

/// Whether the payload that `source` begins with is that of the header, which was read from `bytes`.
pub(crate) fn is_sound(source: &mut impl BufRead, bytes: &[u8; HEADER_BYTES], header: &Header) -> io::Result<bool> {
    Ok(continued(source, header.length.into(), checksum_of_header(bytes))? == header.checksum)
}

/// `checksum` continued over the next `bytes` of the source.
fn continued(source: &mut impl BufRead, bytes: u64, mut checksum: u32) -> io::Result<u32> {
    let mut payload = source.take(bytes);
    let mut left = bytes;
    while left > 0 {
        let chunk = payload.fill_buf()?;
        if chunk.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into()); // the file became shorter under our eyes
        }
        checksum = crc32c::crc32c_append(checksum, chunk);
        let length = chunk.len();
        payload.consume(length);
        left -= length as u64;
    }
    Ok(checksum)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;
    use crate::frame::{UnixMillis, seal};

    /// Frames one after the other, and where each ends.
    fn segment(payloads: &[Vec<u8>], first: u64) -> (Vec<u8>, Vec<u64>) {
        let (mut bytes, mut ends, mut position) = (Vec::new(), Vec::new(), first);
        for payload in payloads {
            let start = bytes.len();
            bytes.resize(start + HEADER_BYTES, 0);
            bytes.extend_from_slice(payload);
            let header = seal(&mut bytes[start..], Position(position), NonZeroU32::MIN, UnixMillis(position));
            position = header.expect("short enough").next().0;
            ends.push(bytes.len() as u64);
        }
        (bytes, ends)
    }

    fn scanned(bytes: &[u8], first: u64) -> Scan {
        scan(&mut io::BufReader::with_capacity(37, bytes), bytes.len() as u64, Position(first)).expect("memory is read")
    }

    fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 1..12)
    }

    proptest! {
        #[test]
        fn a_cut_keeps_every_whole_frame_before_it(payloads in payloads(), first in 0..1u64 << 40, cut in any::<prop::sample::Index>()) {
            let (bytes, ends) = segment(&payloads, first);
            let cut = cut.index(bytes.len() + 1);
            let whole = ends.iter().filter(|end| **end <= cut as u64).count();
            let found = scanned(&bytes[..cut], first);
            let sound_bytes = whole.checked_sub(1).map_or(0, |last| ends[last]);
            prop_assert_eq!((found.segment.bytes, found.segment.next), (sound_bytes, Position(first + whole as u64)));
            prop_assert_eq!(found.flaw.is_some(), sound_bytes < cut as u64);
        }

        #[test]
        fn a_flipped_bit_ends_the_scan_at_its_frame(payloads in payloads(), bit in any::<prop::sample::Index>()) {
            let (mut bytes, ends) = segment(&payloads, 5);
            let bit = bit.index(8 * bytes.len());
            bytes[bit / 8] ^= 1 << (bit % 8);
            let before = ends.iter().filter(|end| **end <= (bit / 8) as u64).count();
            let found = scanned(&bytes, 5);
            prop_assert_eq!(found.segment.next, Position(5 + before as u64));
            prop_assert!(found.flaw.is_some());
        }
    }

    #[test]
    fn a_length_out_of_all_proportion_takes_no_memory() {
        let (mut bytes, _) = segment(&[b"abc".to_vec()], 0);
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(scanned(&bytes, 0).flaw, Some(Flaw::Cut));
    }
}
