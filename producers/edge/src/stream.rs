//! A file's bytes in a buffer that is refilled from the front: what the framers look at.

use std::io::{self, Read};

use adx_events::csv_rows::BYTE_ORDER_MARK;

/// Room at the start, several records of the largest size.
const BUFFER_BYTES: usize = 1024 * 1024;
/// The buffer never grows past this.
pub(crate) const BUFFER_BYTES_MAX: usize = 96 * 1024 * 1024;

/// Bytes read and not yet consumed. A read error ends the stream after all that could be read, and is kept.
pub(crate) struct Stream {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    at_end: bool,
    failure: Option<io::Error>,
}

impl Stream {
    pub(crate) fn new(source: Box<dyn Read + Send>) -> Self {
        Self { source, buffer: vec![0; BUFFER_BYTES], start: 0, end: 0, at_end: false, failure: None }
    }

    /// The bytes not yet consumed, as far as they have been read.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether no bytes come after [`Self::bytes`].
    pub(crate) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Drops bytes from the front.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count.min(self.end - self.start);
    }

    /// Reads more bytes, or finds the end.
    pub(crate) fn fill(&mut self) {
        if self.at_end {
            return;
        }
        self.make_room();
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.at_end = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => (self.at_end, self.failure) = (true, Some(error)),
            }
            return;
        }
    }

    /// Reads until at least `count` bytes stand ready; false where there are fewer before the end.
    pub(crate) fn need(&mut self, count: usize) -> bool {
        while self.bytes().len() < count && !self.at_end {
            self.fill();
        }
        self.bytes().len() >= count
    }

    /// Cuts the byte order mark that may begin a file.
    pub(crate) fn cut_byte_order_mark(&mut self) {
        self.need(BYTE_ORDER_MARK.len());
        if self.bytes().starts_with(BYTE_ORDER_MARK) {
            self.consume(BYTE_ORDER_MARK.len());
        }
    }

    /// Why reading ended early, if it did.
    pub(crate) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Bytes of memory held.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Moves the bytes to the front where that gains a quarter of the buffer, else doubles it.
    fn make_room(&mut self) {
        let length = self.buffer.len();
        if self.end < length {
            return;
        }
        if self.start >= length / 4 || length >= BUFFER_BYTES_MAX {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        } else {
            self.buffer.resize((length * 2).min(BUFFER_BYTES_MAX), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Cuts;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn gives_the_bytes_in_order(
            data in proptest::collection::vec(any::<u8>(), 0..5_000), cuts in proptest::collection::vec(1..700usize, 1..5),
            steps in proptest::collection::vec((0..900usize, 0..900usize), 1..20),
        ) {
            let mut stream = Stream::new(Box::new(Cuts::new(data.clone(), &cuts)));
            let mut at = 0;
            for (need, consume) in steps {
                prop_assert_eq!(stream.need(need), data.len() - at >= need);
                let ready = stream.bytes().len();
                prop_assert_eq!(stream.bytes(), &data[at..at + ready]);
                stream.consume(consume);
                at += consume.min(ready);
            }
        }
    }

    #[test]
    fn small_steps_need_no_more_room() {
        let mut stream = Stream::new(Box::new(Cuts::new(vec![1; 8 * BUFFER_BYTES], &[70_000])));
        while stream.need(200_000) {
            stream.consume(150_000);
        }
        assert_eq!(stream.capacity(), BUFFER_BYTES);
    }

    #[test]
    fn an_error_ends_the_stream_after_what_could_be_read() {
        let mut stream = Stream::new(Box::new(Cuts::failing(b"abc".to_vec(), &[2])));
        assert!(!stream.need(9));
        assert_eq!((stream.bytes(), stream.at_end()), (&b"abc"[..], true));
        assert!(stream.take_failure().is_some());
    }
}
