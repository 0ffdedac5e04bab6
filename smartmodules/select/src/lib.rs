//! SmartModule `select`: passes the standardised records that match its parameters; without any it passes everything as it is.
//!
//! Parameters, all of which must match: `type` (impression, click, conversion, bid), `campaign`, `website`, `country`, `verdict` (accepted,
//! rejected, resend), `mark` (none, repeat, resend); and `format` (`json` for readable text). A batch without a match passes one keep-alive,
//! an empty record with the key `keep-alive`: a batch without output would make the server skip data.

mod filter;

use adx_events::json_text::write_verdict;
use adx_events::key::StreamKey;
use adx_events::verdict::Verdict;
use adx_smartmodule_abi::{Output, Params, Record, Transform};
use adx_smartmodule_standardise::Format;

use crate::filter::Filter;

/// Key of the record that stands for a batch without a match.
pub const KEEP_ALIVE: &[u8] = b"keep-alive";

/// The module's transform.
#[derive(Debug, Default)]
pub struct Select {
    filter: Filter,
    format: Format,
    records_in_batch: usize,
}

impl Transform for Select {
    fn init(&mut self, params: &Params) {
        self.filter = Filter::of(params);
        self.format = Format::of(params);
    }

    fn batch_start(&mut self) {
        self.records_in_batch = 0;
    }

    fn record(&mut self, record: &Record<'_>, out: &mut Output) {
        self.records_in_batch += 1;
        let key = StreamKey::parse(record.key.unwrap_or_default());
        let verdict = Verdict::read(record.value);
        if !self.filter.matches(verdict.as_ref(), key.mark) {
            return;
        }
        match (self.format, verdict) {
            (Format::Json, Some(verdict)) => out.emit_with(record.key, |bytes| write_verdict(&verdict, key, bytes)),
            (Format::Json, None) | (Format::Compact, _) => out.emit(record.key, record.value),
        }
    }

    fn batch_end(&mut self, out: &mut Output) {
        if self.records_in_batch > 0 && out.count() == 0 {
            out.emit(Some(KEEP_ALIVE), b"");
        }
    }
}

adx_smartmodule_abi::export!(filter_map, Select);
