//! What a module does with a batch.

use crate::input::{Input, RecordView};
use crate::output::Output;
use crate::params::Params;

/// A record as its module sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The true offset in the partition.
    pub offset: i64,
    /// Milliseconds since the Unix epoch, by the producer's clock.
    pub timestamp: i64,
    pub key: Option<&'a [u8]>,
    pub value: &'a [u8],
}

/// A module's logic. One instance lives as long as its stream.
pub trait Transform {
    /// Takes the invocation's parameters, once, before any record.
    fn init(&mut self, _params: &Params) {}

    /// A batch begins.
    fn batch_start(&mut self) {}

    /// Handles one record and emits what becomes of it.
    fn record(&mut self, record: &Record<'_>, out: &mut Output);

    /// A batch ends; what is emitted here takes the offset of its last record.
    fn batch_end(&mut self, _out: &mut Output) {}
}

/// Puts one encoded batch through a transform; the answer is [`Output::as_bytes`].
///
/// `version` is the one that the host encodes with ([`crate::ENGINE_VERSION`]). Damaged input yields the answer to the whole records before the damage.
pub fn run<T: Transform + ?Sized>(transform: &mut T, input: &[u8], version: i16, out: &mut Output) {
    let Input { base_offset, base_timestamp, records } = Input::parse(input, version);
    out.start();
    transform.batch_start();
    for RecordView { preamble, timestamp_delta, offset_delta, key, value } in records {
        out.set_preamble(preamble);
        let offset = base_offset.wrapping_add(offset_delta); // wraps only on damage
        let timestamp = base_timestamp.wrapping_add(timestamp_delta);
        transform.record(&Record { offset, timestamp, key, value }, out);
    }
    transform.batch_end(out);
    out.finish();
}
