//! Reads the integers and byte runs of Fluvio's encoding from a slice, never past its end.

/// A varint of 64 bits has at most this many bytes; a longer one is damage.
pub(crate) const VARINT_BYTES_MAX: usize = 10;

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn i16(&mut self) -> Option<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_be_bytes)
    }

    pub(crate) fn bool(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// A zigzag varint, mostly of one byte.
    #[inline(always)]
    pub(crate) fn varint(&mut self) -> Option<i64> {
        match self.0 {
            [byte @ 0..=0x7f, rest @ ..] => {
                self.0 = rest;
                Some(i64::from(byte >> 1) ^ -i64::from(byte & 1))
            }
            _ => self.long_varint(),
        }
    }

    /// Folded as Fluvio folds it: its shift keeps the sign, so that numbers past 62 bits come out as its own do.
    #[inline(never)]
    fn long_varint(&mut self) -> Option<i64> {
        let mut folded = 0_i64;
        for (index, byte) in self.0.iter().take(VARINT_BYTES_MAX).enumerate() {
            folded |= i64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.0 = &self.0[index + 1..];
                return Some((folded >> 1) ^ -(folded & 1));
            }
        }
        None
    }

    /// Bytes behind their length as a varint.
    pub(crate) fn sized_bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.varint()?).ok()?;
        self.take(len)
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn varints_are_read_as_fluvio_writes_them() {
        for (bytes, number) in [
            (&[0x00][..], 0),
            (&[0x01], -1),
            (&[0x7e], 63),
            (&[0xfe, 0x7f], 8191),
            (&[0x81, 0x80, 0x80, 0x80, 0x01], -134_217_729),
            (&[0x82, 0x80, 0x80, 0x80, 0x00], 1), // padded, as this crate writes lengths
        ] {
            let mut cursor = Cursor::new(bytes);
            assert_eq!(cursor.varint(), Some(number), "{bytes:x?}");
            assert!(cursor.rest().is_empty());
        }
    }

    #[test]
    fn an_endless_or_cut_varint_is_none() {
        assert_eq!(Cursor::new(&[0x80; 11]).varint(), None);
        assert_eq!(Cursor::new(&[0x80]).varint(), None);
        assert_eq!(Cursor::new(&[]).varint(), None);
    }
}
