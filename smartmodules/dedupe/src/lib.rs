//! SmartModule `dedupe`, first in a chain: empties resends and marks repeats; one record out for each record in, in order.
//!
//! A resend has a (source, topic, partition, seq) that this stream has seen: it keeps its key, flagged, and loses its value. A record whose value
//! equals one of the last ones is marked with the earlier offset; the mark is a hint for people and other consumers, the sink decides for itself.
//! Parameter `remember`: how many values are remembered (default 65,536, at most 1,048,576).

use adx_events::key::{Mark, RecordKey, StreamKey};
use adx_smartmodule_abi::{Output, Params, Record, Transform};
use adx_smartmodule_marks::Marks;

/// The module's transform.
#[derive(Debug, Default)]
pub struct Dedupe {
    marks: Marks,
    key: Vec<u8>,
}

impl Transform for Dedupe {
    fn init(&mut self, params: &Params) {
        self.marks = Marks::of(params);
    }

    fn record(&mut self, record: &Record<'_>, out: &mut Output) {
        let origin = record.key.and_then(RecordKey::parse);
        let mark = self.marks.mark(record, origin.as_ref());
        let value = if mark == Mark::Resend { &[] } else { record.value };
        self.key.clear();
        StreamKey { mark, raw: record.key.unwrap_or_default() }.write(&mut self.key);
        let key = (record.key.is_some() || mark != Mark::None).then_some(self.key.as_slice());
        out.emit(key, value);
    }
}

adx_smartmodule_abi::export!(map, Dedupe);
