//! Reads compressed files of any number of members or frames, and gives every byte that came out before an error.

use std::io::{self, BufRead, Read};

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

/// Memory a zstd frame may ask for as its window: 2^27 bytes, the reference tool's own bound.
pub(crate) const ZSTD_WINDOW_LOG_MAX: u32 = 27;
const GZIP_WINDOW_BITS: u8 = 15;

/// What one step did, also where it failed.
pub(crate) struct Progress {
    consumed: usize,
    produced: usize,
    ended: io::Result<bool>,
}

/// Decompresses one member after the other.
pub(crate) trait Format {
    /// Makes ready for the next member.
    fn begin(&mut self) -> io::Result<()>;
    /// Decompresses some bytes; `ended` once the member is complete.
    fn run(&mut self, input: &[u8], out: &mut [u8]) -> Progress;
    /// How many bytes at the front of `input` are padding between members.
    fn padding(&self, input: &[u8]) -> usize;
}

/// Members of gzip (RFC 1952); zero bytes may pad them.
pub(crate) struct Gzip(Decompress);

impl Gzip {
    pub(crate) fn new() -> Self {
        Self(Decompress::new_gzip(GZIP_WINDOW_BITS))
    }
}

impl Format for Gzip {
    fn begin(&mut self) -> io::Result<()> {
        *self = Self::new();
        Ok(())
    }

    fn run(&mut self, input: &[u8], out: &mut [u8]) -> Progress {
        let (total_in, total_out) = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, out, FlushDecompress::None);
        Progress {
            consumed: (self.0.total_in() - total_in) as usize,
            produced: (self.0.total_out() - total_out) as usize,
            ended: status.map(|s| s == Status::StreamEnd).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e)),
        }
    }

    fn padding(&self, input: &[u8]) -> usize {
        input.iter().take_while(|b| **b == 0).count()
    }
}

/// Frames of zstd (RFC 8878).
pub(crate) struct Zstd(Decoder<'static>);

impl Zstd {
    pub(crate) fn new() -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX))?;
        Ok(Self(decoder))
    }
}

impl Format for Zstd {
    fn begin(&mut self) -> io::Result<()> {
        self.0.reinit()
    }

    fn run(&mut self, input: &[u8], out: &mut [u8]) -> Progress {
        let (mut input, mut out) = (InBuffer::around(input), OutBuffer::around(out));
        let ended = self.0.run(&mut input, &mut out).map(|hint| hint == 0);
        Progress { consumed: input.pos(), produced: out.pos(), ended }
    }

    fn padding(&self, _input: &[u8]) -> usize {
        0
    }
}

/// The decompressed bytes of all members of `input`. An input that ends within a member is an error after its bytes.
pub(crate) struct Members<R, F> {
    input: R,
    format: F,
    at: At,
    failed: Option<io::Error>,
}

/// Where in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Within,
    /// Behind a member, where padding may stand.
    Behind,
}

impl<R: BufRead, F: Format> Members<R, F> {
    pub(crate) fn new(input: R, format: F) -> Self {
        Self { input, format, at: At::Start, failed: None }
    }

    /// One step: the bytes put out, or none where another step is needed, or the end.
    fn step(&mut self, out: &mut [u8]) -> io::Result<Option<usize>> {
        let input = self.input.fill_buf()?;
        let at_end = input.is_empty();
        if self.at != At::Within {
            if at_end {
                return Ok(Some(0));
            }
            let padding = if self.at == At::Behind { self.format.padding(input) } else { 0 };
            if padding > 0 {
                self.input.consume(padding);
                return Ok(None);
            }
            self.format.begin()?;
            self.at = At::Within;
        }
        let step = self.format.run(input, out);
        self.input.consume(step.consumed);
        match step.ended {
            Ok(true) => self.at = At::Behind,
            Ok(false) if step.produced > 0 || step.consumed > 0 => {}
            Ok(false) if at_end => {
                self.failed = Some(io::Error::new(io::ErrorKind::UnexpectedEof, "the compressed data is cut"))
            }
            Ok(false) => {
                self.failed = Some(io::Error::new(io::ErrorKind::InvalidData, "the compressed data does not go on"))
            }
            Err(error) => self.failed = Some(error),
        }
        if step.produced > 0 { Ok(Some(step.produced)) } else { Ok(None) }
    }
}

impl<R: BufRead, F: Format> Read for Members<R, F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            if let Some(count) = self.step(out)? {
                return Ok(count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{BufReader, Write};

    fn gz(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zst(data: &[u8]) -> Vec<u8> {
        zstd::encode_all(data, 1).unwrap()
    }

    /// All bytes that come out, and whether an error followed.
    fn read(mut input: impl Read) -> (Vec<u8>, bool) {
        let (mut out, mut piece) = (Vec::new(), [0; 1_000]);
        loop {
            match input.read(&mut piece) {
                Ok(0) => return (out, false),
                Ok(count) => out.extend_from_slice(&piece[..count]),
                Err(_) => return (out, true),
            }
        }
    }

    fn ungz(data: &[u8]) -> (Vec<u8>, bool) {
        read(Members::new(BufReader::with_capacity(100, data), Gzip::new()))
    }

    fn unzst(data: &[u8]) -> (Vec<u8>, bool) {
        read(Members::new(BufReader::with_capacity(100, data), Zstd::new().unwrap()))
    }

    #[test]
    fn members_padding_and_garbage() {
        assert_eq!(ungz(b""), (vec![], false));
        assert_eq!(unzst(b""), (vec![], false));
        assert_eq!(ungz(&[gz(b"ab"), gz(b""), gz(b"c")].concat()), (b"abc".to_vec(), false));
        assert_eq!(unzst(&[zst(b"ab"), zst(b""), zst(b"c")].concat()), (b"abc".to_vec(), false));
        assert_eq!(ungz(&[gz(b"ab"), vec![0; 300], gz(b"c"), vec![0; 300]].concat()), (b"abc".to_vec(), false));
        assert_eq!(ungz(&[gz(b"ab"), b"garbage that is long enough".to_vec()].concat()), (b"ab".to_vec(), true));
        assert_eq!(unzst(&[zst(b"ab"), b"garbage that is long enough".to_vec()].concat()), (b"ab".to_vec(), true));
        let mut wrong_sum = gz(b"abc");
        let at = wrong_sum.len() - 8;
        wrong_sum[at] ^= 1;
        assert_eq!(ungz(&wrong_sum), (b"abc".to_vec(), true));
    }

    /// Gives its bytes, and then an error instead of an end.
    struct Failing<'a>(&'a [u8], io::ErrorKind);

    impl Read for Failing<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() { Err(self.1.into()) } else { self.0.read(out) }
        }
    }

    #[test]
    fn what_was_there_comes_out_before_an_error_at_a_member_s_end() {
        for (whole, padding) in [(gz(b"abc"), 0), (gz(b"abc"), 300)] {
            let whole = [whole, vec![0; padding]].concat();
            let input = BufReader::with_capacity(100, Failing(&whole, io::ErrorKind::Other));
            assert_eq!(read(Members::new(input, Gzip::new())), (b"abc".to_vec(), true));
        }
        let whole = zst(b"abc");
        let input = BufReader::with_capacity(100, Failing(&whole, io::ErrorKind::Other));
        assert_eq!(read(Members::new(input, Zstd::new().unwrap())), (b"abc".to_vec(), true));
    }

    #[test]
    fn a_window_past_the_bound_is_refused() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(28).unwrap();
        encoder.write_all(b"abc").unwrap();
        assert!(unzst(&encoder.finish().unwrap()).1);
    }

    proptest! {
        #[test]
        fn a_cut_file_gives_what_was_there_and_an_error(data in "[a-d]{0,4000}", at in any::<prop::sample::Index>()) {
            for (whole, unpack) in [(gz(data.as_bytes()), ungz as fn(&[u8]) -> _), (zst(data.as_bytes()), unzst)] {
                prop_assert_eq!(unpack(&whole), (data.clone().into_bytes(), false));
                let cut = at.index(whole.len());
                let (out, failed) = unpack(&whole[..cut]);
                prop_assert!(data.as_bytes().starts_with(&out));
                prop_assert_eq!(failed, cut > 0);
            }
        }

        #[test]
        fn a_flipped_bit_never_panics(data in "[a-d]{0,2000}", at in any::<prop::sample::Index>(), bit in 0..8u8) {
            for (mut whole, unpack) in [(gz(data.as_bytes()), ungz as fn(&[u8]) -> _), (zst(data.as_bytes()), unzst)] {
                let at = at.index(whole.len());
                whole[at] ^= 1 << bit;
                unpack(&whole);
            }
        }
    }
}
