//! What the modules `impressions`, `clicks` and `bids` share: each turns every raw record of its topic into exactly one verdict, in order.
//!
//! Parameters: `currency` (the reporting one, default USD); `format` (`json` for readable text; else the compact encoding); `dedupe` (`true`: does the
//! work of the module `dedupe` in the same pass, which then is not in the chain); `form` (`block`: all verdicts of a batch in one record, for programs).

use adx_events::block::BlockWriter;
use adx_events::json_text::write_verdict;
use adx_events::key::{RecordKey, StreamKey};
use adx_events::offset::Offset;
use adx_events::standardise::{KnownRecord, Rules, Standardiser};
use adx_events::topic::Topic;
use adx_smartmodule_abi::{Output, Params, Record};
use adx_smartmodule_marks::Marks;

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
    /// Where the module marks repetitions itself.
    marks: Option<Marks>,
    /// The block being gathered, where blocks are asked for.
    block: Option<BlockWriter>,
    key: Vec<u8>,
}

impl Standardise {
    pub fn new(topic: Topic) -> Self {
        Self::with(topic, &Params::default())
    }

    fn with(topic: Topic, params: &Params) -> Self {
        let mut rules = Rules::default();
        if let Some(currency) = params.get("currency") {
            rules.currency = currency.to_owned();
        }
        let format = Format::of(params);
        let blocks = format == Format::Compact && params.get("form") == Some("block");
        Self {
            topic,
            standardiser: Standardiser::new(topic, rules),
            format,
            marks: (params.get("dedupe") == Some("true")).then(|| Marks::of(params)),
            block: blocks.then(BlockWriter::default),
            key: Vec::new(),
        }
    }

    /// The record's key as it goes on, and what is known of it.
    fn know<'r>(&mut self, record: &Record<'r>) -> (StreamKey<'r>, Option<RecordKey<'r>>) {
        let raw = record.key.unwrap_or_default();
        match &mut self.marks {
            Some(marks) => {
                let origin = RecordKey::parse(raw);
                (StreamKey { mark: marks.mark(record, origin.as_ref()), raw }, origin)
            }
            None => {
                let key = StreamKey::parse(raw);
                (key, RecordKey::parse(key.raw))
            }
        }
    }

    /// Takes the invocation's parameters.
    pub fn init(&mut self, params: &Params) {
        *self = Self::with(self.topic, params);
    }

    /// A batch begins.
    pub fn batch_start(&mut self) {
        if let Some(block) = &mut self.block {
            block.clear();
        }
    }

    /// Handles a record of `topic`, which each module knows when it is compiled: the decoders of the others are then not in it.
    #[inline(always)]
    pub fn record(&mut self, topic: Topic, record: &Record<'_>, out: &mut Output) {
        let (key, origin) = self.know(record);
        // Offsets are not negative in a log; damage is passed on as it wraps.
        let known = KnownRecord { offset: Offset(record.offset as u64), mark: key.mark, origin, value: record.value };
        let Self { standardiser, format, marks, block, key: written, .. } = self;
        let written = match marks {
            Some(_) if block.is_none() => {
                written.clear();
                key.write(written);
                (record.key.is_some() || !written.is_empty()).then_some(written.as_slice())
            }
            _ => record.key,
        };
        standardiser.judge_known(topic, known, |verdict| match block {
            Some(block) => block.push(|bytes| key.write(bytes), verdict),
            None => out.emit_with(written, |bytes| match format {
                Format::Compact => verdict.write(bytes),
                Format::Json => write_verdict(verdict, key, bytes),
            }),
        });
    }

    /// A batch ends.
    pub fn batch_end(&mut self, out: &mut Output) {
        if let Some(block) = self.block.as_ref().map(BlockWriter::as_bytes).filter(|block| !block.is_empty()) {
            out.emit(None, block);
        }
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

            fn batch_start(&mut self) {
                self.0.batch_start();
            }

            fn record(&mut self, record: &::adx_smartmodule_abi::Record<'_>, out: &mut ::adx_smartmodule_abi::Output) {
                self.0.record($topic, record, out);
            }

            fn batch_end(&mut self, out: &mut ::adx_smartmodule_abi::Output) {
                self.0.batch_end(out);
            }
        }

        ::adx_smartmodule_abi::export!(map, $name);
    };
}
