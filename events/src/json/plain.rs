//! Where a run of plain characters ends: sixteen bytes at a time.

/// How many bytes at the front are neither quote, backslash nor control character: sixteen at a time.
#[inline]
pub(super) fn plain_bytes(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<16>();
    let mut plain = 0;
    for chunk in chunks {
        let here = plain_in_chunk(chunk);
        plain += here;
        if here < chunk.len() {
            return plain;
        }
    }
    plain + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count()
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
pub(super) fn plain_in_chunk(chunk: &[u8; 16]) -> usize {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128_or};
    let number = u128::from_le_bytes(*chunk);
    let bytes = u64x2(number as u64, (number >> 64) as u64);
    let quoting = v128_or(u8x16_eq(bytes, u8x16_splat(b'"')), u8x16_eq(bytes, u8x16_splat(b'\\')));
    let found = u8x16_bitmask(v128_or(quoting, u8x16_lt(bytes, u8x16_splat(0x20))));
    (u32::from(found) | 1 << chunk.len()).trailing_zeros() as usize
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
pub(super) fn plain_in_chunk(chunk: &[u8; 16]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    // The lowest high bit of these is that of the lowest byte that is zero, or below `n` (Bit Twiddling Hacks).
    let zero = |word: u64| word.wrapping_sub(EACH) & !word & HIGH;
    let below = |word: u64, n: u64| word.wrapping_sub(n * EACH) & !word & HIGH;
    let found =
        |word: u64| zero(word ^ (u64::from(b'"') * EACH)) | zero(word ^ (u64::from(b'\\') * EACH)) | below(word, 0x20);
    let number = u128::from_le_bytes(*chunk);
    match (found(number as u64), found((number >> 64) as u64)) {
        (0, back) => 8 + back.trailing_zeros() as usize / 8,
        (front, _) => front.trailing_zeros() as usize / 8,
    }
}
