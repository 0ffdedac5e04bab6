//! Steps of known length over texts of mostly few bytes: in WebAssembly a copy or comparison of unknown length is a call, mostly out of the module.

/// Appends a text.
#[inline]
pub fn append(bytes: &[u8], out: &mut Vec<u8>) {
    if cfg!(target_arch = "wasm32") { append_in_steps(bytes, out) } else { out.extend_from_slice(bytes) }
}

#[inline]
fn append_in_steps(bytes: &[u8], out: &mut Vec<u8>) {
    let (chunks, rest) = bytes.as_chunks::<16>();
    chunks.iter().for_each(|chunk| out.extend_from_slice(chunk));
    let end = out.len() + rest.len();
    out.extend_from_slice(&padded(rest).to_le_bytes());
    out.truncate(end);
}

/// Whether two texts are equal.
#[inline]
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    let ((chunks, rest), (other_chunks, other_rest)) = (one.as_chunks::<16>(), other.as_chunks::<16>());
    one.len() == other.len()
        && chunks.iter().zip(other_chunks).all(|(chunk, other)| padded(chunk) == padded(other))
        && padded(rest) == padded(other_rest)
}

/// The first 16 bytes as a little-endian number, zeros standing for those that are not there.
#[inline(always)]
pub const fn padded(bytes: &[u8]) -> u128 {
    let bytes = if bytes.len() > 16 { bytes.split_at(16).0 } else { bytes };
    let length = bytes.len();
    // The last bytes are read as one number too, which overlaps the first.
    if length > 8
        && let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk())
    {
        let back = u64::from_le_bytes(*last) >> (8 * (16 - length));
        return u64::from_le_bytes(*first) as u128 | (back as u128) << 64;
    }
    let front = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << (8 * (length - 4))
    } else {
        match bytes {
            [] => 0,
            [first, .., last] => *first as u64 | (bytes[length / 2] as u64) << 8 | (*last as u64) << (8 * (length - 1)),
            [only] => *only as u64,
        }
    };
    front as u128
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_appended_stands_at_the_end(before in "[a-z]{0,9}", text in ".{0,40}") {
            let mut out = before.clone().into_bytes();
            append_in_steps(text.as_bytes(), &mut out);
            prop_assert_eq!(out, (before + &text).into_bytes());
        }

        #[test]
        fn texts_are_equal_as_slices_are(one in "[ab]{0,3}|[a-z]{0,40}", other in "[ab]{0,3}|[a-z]{0,40}", at in any::<prop::sample::Index>()) {
            prop_assert_eq!(equal(one.as_bytes(), other.as_bytes()), one == other);
            prop_assert!(equal(one.as_bytes(), one.as_bytes()));
            let mut changed = one.clone().into_bytes();
            if let Some(byte) = (!changed.is_empty()).then(|| &mut changed[at.index(one.len())]) {
                *byte ^= 0x80;
                prop_assert!(!equal(&changed, one.as_bytes()));
            }
        }

        #[test]
        fn padding_is_of_zeros(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            let mut whole = [0; 16];
            bytes.iter().zip(&mut whole).for_each(|(byte, place)| *place = *byte);
            prop_assert_eq!(padded(&bytes).to_le_bytes(), whole);
        }
    }
}
