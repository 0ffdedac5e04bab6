//! What the modules `impressions`, `clicks` and `bids` share: each turns every raw record of its topic into exactly one verdict, in order.
//!
//! Parameters: `currency` (the reporting one, default USD) and `format` (`json` for readable text; else the compact encoding).

use adx_events::json_text::write_verdict;
use adx_events::key::StreamKey;
use adx_events::offset::Offset;
use adx_events::standardise::{RawRecord, Rules, Standardiser};
use adx_events::topic::Topic;
use adx_smartmodule_abi::{Output, Params, Record, Transform};

/// How a module writes what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The in-stream encoding of `adx_events::verdict`.
    #[default]
    Compact,
    /// One line of JSON, for people.
    Json,
}

impl Format {
    /// The format that the parameters ask for; anything but `json` is compact, since a module has no way to refuse.
    pub fn of(params: &Params) -> Self {
        if params.get("format") == Some("json") { Format::Json } else { Format::Compact }
    }
}

/// The transform of one topic.
#[derive(Debug)]
pub struct Standardise {
    topic: Topic,
    standardiser: Standardiser,
    format: Format,
}

impl Standardise {
    pub fn new(topic: Topic) -> Self {
        Self { topic, standardiser: Standardiser::new(topic, Rules::default()), format: Format::default() }
    }
}

impl Transform for Standardise {
    fn init(&mut self, params: &Params) {
        let mut rules = Rules::default();
        if let Some(currency) = params.get("currency") {
            rules.currency = currency.to_owned();
        }
        self.standardiser = Standardiser::new(self.topic, rules);
        self.format = Format::of(params);
    }

    fn record(&mut self, record: &Record<'_>, out: &mut Output) {
        // Offsets are not negative in a log; damage is passed on as it wraps.
        let raw = RawRecord { offset: Offset(record.offset as u64), key: record.key, value: record.value };
        let format = self.format;
        self.standardiser.judge(raw, |verdict| {
            out.emit_with(record.key, |bytes| match format {
                Format::Compact => verdict.write(bytes),
                Format::Json => write_verdict(verdict, StreamKey::parse(record.key.unwrap_or_default()), bytes),
            });
        });
    }
}

/// Defines the transform of one topic and exports it as a `map` module.
#[macro_export]
macro_rules! standardise_module {
    ($name:ident, $topic:expr) => {
        /// The module's transform; see `adx_smartmodule_standardise`.
        #[derive(Debug)]
        pub struct $name($crate::Standardise);

        impl Default for $name {
            fn default() -> Self {
                Self($crate::Standardise::new($topic))
            }
        }

        impl ::adx_smartmodule_abi::Transform for $name {
            fn init(&mut self, params: &::adx_smartmodule_abi::Params) {
                self.0.init(params);
            }

            fn record(&mut self, record: &::adx_smartmodule_abi::Record<'_>, out: &mut ::adx_smartmodule_abi::Output) {
                self.0.record(record, out);
            }
        }

        ::adx_smartmodule_abi::export!(map, $name);
    };
}
