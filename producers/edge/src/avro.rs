//! Reads an Avro object container file of bid requests, block by block.
//!
//! A block is decoded whole before anything of it is given; one that is not sound is one `bad_avro`, and reading resumes at the next sync marker after its
//! count and size (contract.md, Bid request).

mod canonical;
mod codec;
mod cursor;
mod extract;
mod header;
mod plan;
mod schema;
#[cfg(test)]
mod tests;
mod walk;

use adx_events::RECORD_BYTES_MAX;
use adx_events::marker::Marker;
use adx_events::reason::Reason;
use memchr::memmem;

use self::codec::{COMPRESSED_BYTES_MAX, DECODED_BYTES_MAX};
use self::cursor::Cursor;
use self::extract::{Extractor, Outcome};
use self::header::{HEADER_BYTES_MAX, Header, SYNC_BYTES};
use self::walk::Walker;
use crate::record::{Body, Event};
use crate::stream::Stream;

/// A block names at most this many records.
const BLOCK_RECORDS_MAX: i64 = 1024 * 1024;
/// Count and size of a block take at most this many bytes.
const BLOCK_HEAD_BYTES_MAX: usize = 20;

/// Reads bid requests.
pub(crate) struct AvroReader {
    stream: Stream,
    state: State,
    /// The current block, unless its codec leaves it as it is.
    decoded: Vec<u8>,
    extractor: Extractor,
    out: Vec<u8>,
}

enum State {
    Header,
    Blocks(Box<Header>),
    Datums(Box<Header>, Block),
    Done,
}

/// A sound block that is being given, datum by datum.
struct Block {
    datums_left: u64,
    /// Bytes of the block already given.
    given: usize,
    /// Bytes at the front of the stream that are the block and its sync marker.
    length: usize,
}

impl AvroReader {
    pub(crate) fn new(mut stream: Stream) -> Self {
        stream.cut_byte_order_mark();
        Self { stream, state: State::Header, decoded: Vec::new(), extractor: Extractor::default(), out: Vec::new() }
    }

    pub(crate) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    pub(crate) fn next(&mut self) -> Option<Event<'_>> {
        loop {
            let marker = match std::mem::replace(&mut self.state, State::Done) {
                State::Header => self.read_header(),
                State::Blocks(header) => self.read_block(header),
                State::Datums(header, block) => match self.next_datum(header, block) {
                    None => None,
                    Some(Outcome::Bid { user }) => return Some(Event { user, body: Body::Record(&self.out) }),
                    Some(Outcome::Bad(marker)) => Some(marker),
                },
                State::Done => return None,
            };
            if let Some(marker) = marker {
                return Some(Event::marker(marker));
            }
        }
    }

    fn read_header(&mut self) -> Option<Marker> {
        self.stream.need(HEADER_BYTES_MAX);
        if self.stream.bytes().is_empty() {
            return None;
        }
        match Header::read(self.stream.bytes()) {
            Some((header, length)) => {
                self.stream.consume(length);
                self.state = State::Blocks(Box::new(header));
                None
            }
            None => Some(self.drain()),
        }
    }

    /// Passes over the whole file: nothing in it can be read.
    fn drain(&mut self) -> Marker {
        let mut marker = self.bad(0);
        loop {
            let ready = self.stream.bytes().len();
            marker.length += ready as u64;
            self.stream.consume(ready);
            if self.stream.at_end() {
                return marker;
            }
            self.stream.fill();
        }
    }

    /// Reads a block and checks it as a whole.
    fn read_block(&mut self, header: Box<Header>) -> Option<Marker> {
        self.stream.need(BLOCK_HEAD_BYTES_MAX);
        if self.stream.bytes().is_empty() {
            return None;
        }
        let mut head = Cursor::new(self.stream.bytes());
        let (Ok(count), Ok(size)) = (head.long(), head.long()) else { return Some(self.resume(header, 0)) };
        let head_length = self.stream.bytes().len() - head.left();
        self.stream.consume(head_length);
        match self.check_block(&header, count, size) {
            Some(length) => {
                let block = Block { datums_left: count.unsigned_abs(), given: 0, length };
                self.state = State::Datums(header, block);
                None
            }
            None => Some(self.resume(header, head_length)),
        }
    }

    /// How long a sound block and its sync marker are; none where it is not sound.
    fn check_block(&mut self, header: &Header, count: i64, size: i64) -> Option<usize> {
        let size = usize::try_from(size).ok().filter(|size| *size <= COMPRESSED_BYTES_MAX)?;
        let length = size + SYNC_BYTES;
        if !(0..=BLOCK_RECORDS_MAX).contains(&count) || !self.stream.need(length) {
            return None;
        }
        let (data, sync) = self.stream.bytes()[..length].split_at(size);
        if sync != header.sync {
            return None;
        }
        let decoded = header.codec.decode(data, DECODED_BYTES_MAX, &mut self.decoded)?;
        let mut cursor = Cursor::new(decoded);
        let mut walker = Walker::new(&header.schema, decoded.len());
        for _ in 0..count {
            walker.pass(header.schema.root(), &mut cursor).ok()?;
        }
        (cursor.left() == 0).then_some(length)
    }

    /// Passes over everything up to the end of the next sync marker; `before` bytes of the bad block have been consumed.
    fn resume(&mut self, header: Box<Header>, before: usize) -> Marker {
        let mut marker = self.bad(before as u64);
        let finder = memmem::Finder::new(&header.sync);
        loop {
            let bytes = self.stream.bytes();
            if let Some(at) = finder.find(bytes).map(|n| n + SYNC_BYTES) {
                marker.length += at as u64;
                self.stream.consume(at);
                self.state = State::Blocks(header);
                return marker;
            }
            let passed = if self.stream.at_end() { bytes.len() } else { bytes.len().saturating_sub(SYNC_BYTES - 1) };
            marker.length += passed as u64;
            self.stream.consume(passed);
            if self.stream.at_end() {
                return marker;
            }
            self.stream.fill();
        }
    }

    /// A marker for what stands at the front of the stream, of the length given so far.
    fn bad(&mut self, length: u64) -> Marker {
        self.stream.need(RECORD_BYTES_MAX); // so that the fingerprint does not depend on how the file was read
        let bytes = self.stream.bytes();
        Marker::of(Reason::BadAvro, &bytes[..bytes.len().min(RECORD_BYTES_MAX)], length)
    }

    /// The block's next datum; none after its last.
    fn next_datum(&mut self, header: Box<Header>, mut block: Block) -> Option<Outcome> {
        if block.datums_left == 0 {
            self.stream.consume(block.length);
            self.state = State::Blocks(header);
            return None;
        }
        let decoded = match header.codec.is_null() {
            true => &self.stream.bytes()[..block.length - SYNC_BYTES],
            false => &self.decoded[..],
        };
        let datums = &decoded[block.given..];
        let (outcome, length) = self.extractor.extract(&header, datums, &mut self.out);
        block.given += length;
        block.datums_left -= 1;
        self.state = State::Datums(header, block);
        Some(outcome)
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.stream.capacity() + self.decoded.capacity() + self.out.capacity() + self.extractor.capacity()
    }
}
