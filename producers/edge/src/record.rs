//! The records of one file, one after the other, whatever its format.

use std::io;

use adx_events::fingerprint::UserHash;
use adx_events::impression::ImpressionLine;
use adx_events::marker::Marker;
use adx_events::topic::Topic;

use crate::avro::AvroReader;
use crate::lines::{LineFramer, Step};
use crate::rows::RowReader;
use crate::stream::Stream;

/// One record as it was read.
#[derive(Debug)]
pub struct Event<'a> {
    /// Whose event it is; none where that is not known, as for every marker.
    pub user: Option<UserHash>,
    pub body: Body<'a>,
}

/// What goes into the topic.
#[derive(Debug)]
pub enum Body<'a> {
    /// The record in the form of its topic (contract.md, In the topics).
    Record(&'a [u8]),
    /// Stands for a record that cannot be published as it is.
    Marker(Marker),
}

impl Event<'_> {
    pub(crate) fn marker(marker: Marker) -> Self {
        Self { user: None, body: Body::Marker(marker) }
    }
}

/// Reads the records of one file in order, in bounded memory.
pub struct Records {
    reader: Reader,
}

enum Reader {
    Lines(LineReader),
    Rows(RowReader),
    Avro(Box<AvroReader>),
}

impl Records {
    /// Reads `source` (already decompressed) as a file of this topic.
    pub fn new(topic: Topic, source: Box<dyn io::Read + Send>) -> Self {
        let stream = Stream::new(source);
        let reader = match topic {
            Topic::Impressions => Reader::Lines(LineReader::new(stream)),
            Topic::Clicks => Reader::Rows(RowReader::new(stream)),
            Topic::Bids => Reader::Avro(Box::new(AvroReader::new(stream))),
        };
        Self { reader }
    }

    /// The next record; none at the end, also where reading ended early ([`Self::take_failure`]).
    #[allow(clippy::should_implement_trait, reason = "a record is borrowed from the reader")]
    pub fn next(&mut self) -> Option<Event<'_>> {
        match &mut self.reader {
            Reader::Lines(lines) => lines.next(),
            Reader::Rows(rows) => rows.next(),
            Reader::Avro(avro) => avro.next(),
        }
    }

    /// Why reading ended before the file's end, if it did.
    pub fn take_failure(&mut self) -> Option<io::Error> {
        match &mut self.reader {
            Reader::Lines(lines) => lines.stream.take_failure(),
            Reader::Rows(rows) => rows.stream().take_failure(),
            Reader::Avro(avro) => avro.stream().take_failure(),
        }
    }

    /// What a person should know about the file as a whole, once.
    pub fn take_warning(&mut self) -> Option<String> {
        match &mut self.reader {
            Reader::Rows(rows) => rows.take_warning(),
            Reader::Lines(_) | Reader::Avro(_) => None,
        }
    }

    /// Bytes of memory held.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        match &self.reader {
            Reader::Lines(lines) => lines.stream.capacity(),
            Reader::Rows(rows) => rows.capacity(),
            Reader::Avro(avro) => avro.capacity(),
        }
    }
}

/// Reads impressions, one JSON object a line.
struct LineReader {
    stream: Stream,
    framer: LineFramer,
    /// Bytes at the front that the record given last was made of.
    given: usize,
}

impl LineReader {
    fn new(mut stream: Stream) -> Self {
        stream.cut_byte_order_mark();
        Self { stream, framer: LineFramer::default(), given: 0 }
    }

    fn next(&mut self) -> Option<Event<'_>> {
        self.stream.consume(std::mem::take(&mut self.given));
        loop {
            match self.framer.next(self.stream.bytes(), self.stream.at_end()) {
                Step::NeedMore { consumed } => {
                    self.stream.consume(consumed);
                    self.stream.fill();
                }
                Step::Line { line, consumed } => {
                    self.given = consumed;
                    let line = &self.stream.bytes()[line];
                    return Some(Event { user: user_of(line), body: Body::Record(line) });
                }
                Step::TooLarge { marker, consumed } => {
                    self.stream.consume(consumed);
                    return Some(Event::marker(marker));
                }
                Step::End => return None,
            }
        }
    }
}

/// The user of an impression, where the line is one that names it.
fn user_of(line: &[u8]) -> Option<UserHash> {
    let impression = ImpressionLine::scan(line).ok()?;
    impression.user_id().map(|user| UserHash::of(user.as_bytes()))
}
