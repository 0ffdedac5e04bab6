//! Reads Avro's primitives off the front of bytes.

/// The bytes are not what the schema says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged;

/// The bytes not yet read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Damaged)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Damaged> {
        let (byte, rest) = self.bytes.split_first().ok_or(Damaged)?;
        self.bytes = rest;
        Ok(*byte)
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Damaged> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Damaged),
        }
    }

    /// A long: base 128, least significant first, zigzag; at most ten bytes.
    pub(super) fn long(&mut self) -> Result<i64, Damaged> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(Damaged);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(Damaged)
    }

    pub(super) fn int(&mut self) -> Result<i32, Damaged> {
        self.long()?.try_into().map_err(|_| Damaged)
    }

    /// Bytes, or a string whose text is not looked at: a length, and so many bytes.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Damaged> {
        let length = self.long()?.try_into().map_err(|_| Damaged)?;
        self.take(length)
    }

    /// The item count of the next block of an array or map, 0 after its last. A block's size in bytes is passed over.
    pub(super) fn block_count(&mut self) -> Result<u64, Damaged> {
        let count = self.long()?;
        if count < 0 && self.long()? < 0 {
            return Err(Damaged);
        }
        Ok(count.unsigned_abs())
    }

    /// One of `count` branches or symbols.
    pub(super) fn index(&mut self, count: usize) -> Result<usize, Damaged> {
        usize::try_from(self.long()?).ok().filter(|index| *index < count).ok_or(Damaged)
    }
}
