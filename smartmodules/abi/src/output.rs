//! Writes records as the host decodes them, into one buffer that keeps its memory.

use crate::cursor::VARINT_BYTES_MAX;

/// Attributes, timestamp delta and offset delta.
const PREAMBLE_BYTES_MAX: usize = 1 + 2 * VARINT_BYTES_MAX;
/// Lengths are written over this many bytes whatever they are, so that a value can be encoded in place and measured afterwards:
/// 35 bits, more than a WebAssembly memory holds.
const LENGTH_BYTES: usize = 5;
const COUNT_BYTES: usize = 4;

/// The answer to one batch: an encoded `SmartModuleOutput` without error.
#[derive(Debug, Clone)]
pub struct Output {
    bytes: Vec<u8>,
    count: u32,
    preamble: [u8; PREAMBLE_BYTES_MAX],
    preamble_len: usize,
}

impl Default for Output {
    fn default() -> Self {
        Self { bytes: Vec::new(), count: 0, preamble: [0; PREAMBLE_BYTES_MAX], preamble_len: 3 }
    }
}

impl Output {
    /// Appends a record at the offset and timestamp of the record being handled; in `batch_end`, of the batch's last one.
    pub fn emit(&mut self, key: Option<&[u8]>, value: &[u8]) {
        self.emit_with(key, |bytes| bytes.extend_from_slice(value));
    }

    /// As [`Output::emit`], the value being whatever `write` appends to the buffer.
    ///
    /// # Panics
    /// When `write` shortens the buffer instead.
    pub fn emit_with(&mut self, key: Option<&[u8]>, write: impl FnOnce(&mut Vec<u8>)) {
        let record_at = self.reserve_length();
        self.bytes.extend_from_slice(&self.preamble[..self.preamble_len]);
        self.bytes.push(u8::from(key.is_some()));
        if let Some(key) = key {
            let key_at = self.reserve_length();
            self.bytes.extend_from_slice(key);
            self.fill_length(key_at);
        }
        let value_at = self.reserve_length();
        write(&mut self.bytes);
        self.fill_length(value_at);
        self.bytes.push(0); // no headers
        self.fill_length(record_at);
        self.count += 1;
    }

    /// Records appended since the batch began.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The encoded answer to the last batch. Empty before the first.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn start(&mut self) {
        self.bytes.clear();
        self.bytes.extend_from_slice(&[0; COUNT_BYTES]);
        self.count = 0;
        self.set_preamble(&[0; 3]);
    }

    pub(crate) fn set_preamble(&mut self, preamble: &[u8]) {
        self.preamble[..preamble.len()].copy_from_slice(preamble);
        self.preamble_len = preamble.len();
    }

    pub(crate) fn finish(&mut self) {
        self.bytes[..COUNT_BYTES].copy_from_slice(&self.count.to_be_bytes());
        self.bytes.push(0); // no error
    }

    fn reserve_length(&mut self) -> usize {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; LENGTH_BYTES]);
        at
    }

    /// Writes the number of bytes behind the place as a zigzag varint, padded with continuation bytes of zero, which decoders read as they do any other.
    fn fill_length(&mut self, at: usize) {
        let place = at..at + LENGTH_BYTES;
        let mut folded = ((self.bytes.len() - place.end) as u64) << 1;
        for byte in &mut self.bytes[place] {
            *byte = (folded & 0x7f) as u8 | 0x80;
            folded >>= 7;
        }
        self.bytes[at + LENGTH_BYTES - 1] &= 0x7f;
    }
}
