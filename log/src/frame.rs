//! One frame as bytes: a header with its checksum, then the payload as it was given. Little-endian.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..4 | CRC-32C of everything after it, the payload included |
//! | 4..8 | length of the payload |
//! | 8..16 | the first position it covers |
//! | 16..20 | how many positions it covers, at least one |
//! | 20..28 | when it was appended |
//!
//! CRC-32C finds every flip of up to 32 neighbouring bits with certainty, not by odds.

use std::num::NonZeroU32;

/// Bytes of a frame before its payload.
pub const HEADER_BYTES: usize = 28;
const CHECKSUM_BYTES: usize = 4;

/// A place in the sequence of everything ever appended, from 0 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

/// A point in time: milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixMillis(pub u64);

/// Why bytes are not the frame that should be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The file ends within it.
    #[error("it is cut")]
    Cut,
    /// It does not go on where the frame before it ended.
    #[error("its header does not follow the frame before it")]
    Header,
    /// Its bytes are not those that were written.
    #[error("its checksum does not match")]
    Checksum,
}

/// What stands before a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) checksum: u32,
    pub(crate) length: u32,
    pub(crate) first: Position,
    pub(crate) count: NonZeroU32,
    pub(crate) appended: UnixMillis,
}

impl Header {
    /// Reads a header; a count of no positions, or one past the last possible position, is none.
    pub(crate) fn parse(bytes: &[u8; HEADER_BYTES]) -> Result<Self, Flaw> {
        let first = u64_at(bytes, 8);
        let count = NonZeroU32::new(u32_at(bytes, 16)).ok_or(Flaw::Header)?;
        first.checked_add(count.get().into()).ok_or(Flaw::Header)?;
        let appended = UnixMillis(u64_at(bytes, 20));
        Ok(Self { checksum: u32_at(bytes, 0), length: u32_at(bytes, 4), first: Position(first), count, appended })
    }

    /// The position after the last it covers.
    pub(crate) fn next(&self) -> Position {
        Position(self.first.0.saturating_add(self.count.get().into()))
    }

    /// Bytes of the frame, header included.
    pub(crate) fn frame_bytes(&self) -> u64 {
        HEADER_BYTES as u64 + u64::from(self.length)
    }
}

/// The checksum that a header's own fields contribute, to be continued over the payload.
pub(crate) fn checksum_of_header(bytes: &[u8; HEADER_BYTES]) -> u32 {
    crc32c::crc32c(&bytes[CHECKSUM_BYTES..])
}

/// Writes the header into the first bytes of `frame`, whose payload is in place; `None` where that is too long.
pub(crate) fn seal(frame: &mut [u8], first: Position, count: NonZeroU32, appended: UnixMillis) -> Option<Header> {
    let length = u32::try_from(frame.len().checked_sub(HEADER_BYTES)?).ok()?;
    frame[4..8].copy_from_slice(&length.to_le_bytes());
    frame[8..16].copy_from_slice(&first.0.to_le_bytes());
    frame[16..20].copy_from_slice(&count.get().to_le_bytes());
    frame[20..28].copy_from_slice(&appended.0.to_le_bytes());
    let checksum = crc32c::crc32c(&frame[CHECKSUM_BYTES..]);
    frame[..4].copy_from_slice(&checksum.to_le_bytes());
    Some(Header { checksum, length, first, count, appended })
}

/// Takes the frame at the start of `bytes` apart, after checking that it goes on at `expected`.
pub(crate) fn split_first(bytes: &[u8], expected: Position) -> Result<(Header, &[u8]), Flaw> {
    let (head, rest) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(Flaw::Cut)?;
    let header = Header::parse(head)?;
    if header.first != expected {
        return Err(Flaw::Header);
    }
    let payload = usize::try_from(header.length).ok().and_then(|length| rest.get(..length)).ok_or(Flaw::Cut)?;
    Ok((header, payload))
}

/// Whether the whole frame at the start of `bytes`, found by [`split_first`], is as it was written.
pub(crate) fn checks(bytes: &[u8], header: &Header) -> bool {
    let frame = usize::try_from(header.frame_bytes()).ok().and_then(|length| bytes.get(CHECKSUM_BYTES..length));
    frame.is_some_and(|frame| crc32c::crc32c(frame) == header.checksum)
}

fn u32_at(bytes: &[u8; HEADER_BYTES], at: usize) -> u32 {
    let mut field = [0; 4];
    field.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(field)
}

fn u64_at(bytes: &[u8; HEADER_BYTES], at: usize) -> u64 {
    let mut field = [0; 8];
    field.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(field)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealed(payload: &[u8], first: u64, count: u32) -> Vec<u8> {
        let mut frame = vec![0; HEADER_BYTES];
        frame.extend_from_slice(payload);
        let count = NonZeroU32::new(count).expect("at least one");
        seal(&mut frame, Position(first), count, UnixMillis(7)).expect("short enough");
        frame
    }

    proptest! {
        #[test]
        fn what_was_sealed_is_read_back(payload in prop::collection::vec(any::<u8>(), 0..200), first in 0..1u64 << 60, count in 1u32..) {
            let frame = sealed(&payload, first, count);
            let (header, read) = split_first(&frame, Position(first)).expect("sound");
            prop_assert!(checks(&frame, &header));
            prop_assert_eq!((read, header.next()), (payload.as_slice(), Position(first + u64::from(count))));
            prop_assert_eq!(header.appended, UnixMillis(7));
        }

        #[test]
        fn no_flipped_bit_and_no_cut_goes_unseen(payload in prop::collection::vec(any::<u8>(), 0..200), bit in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
            let frame = sealed(&payload, 3, 2);
            let sound = |bytes: &[u8]| split_first(bytes, Position(3)).is_ok_and(|(header, _)| checks(bytes, &header));
            let mut flipped = frame.clone();
            let bit = bit.index(8 * frame.len());
            flipped[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!sound(&flipped));
            prop_assert!(!sound(&frame[..cut.index(frame.len())]));
            prop_assert!(sound(&frame));
        }
    }

    #[test]
    fn a_frame_of_another_place_is_refused() {
        assert_eq!(split_first(&sealed(b"x", 3, 1), Position(4)).unwrap_err(), Flaw::Header);
        assert_eq!(split_first(&[0; 64], Position(0)).unwrap_err(), Flaw::Header, "zeros cover no position");
    }
}
