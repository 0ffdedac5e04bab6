//! From raw record to verdict: natively, natively with the framing of a module, and in WebAssembly.

use std::hint::black_box;

use adx_events::offset::Offset;
use adx_events::standardise::{RawRecord, Rules, Standardiser};
use adx_events::topic::Topic;
use adx_smartmodule_abi::{ENGINE_VERSION, Output, Record, Transform, run};
use anyhow::{Context as _, Result};
use fluvio_protocol::Encoder;
use fluvio_smartmodule::dataplane::smartmodule::SmartModuleInput;

use super::engine::through_engine;
use super::{Row, Run};
use crate::context::Context;
use crate::measure::Clock;
use crate::records::batches;
use crate::stand_in::{self, Call};

pub fn rows() -> Vec<Row> {
    Topic::ALL.into_iter().flat_map(rows_of).collect()
}

fn rows_of(topic: Topic) -> [Row; 3] {
    let name = topic.input();
    [
        Row::events(format!("decode {name} native"), move |context| native(context, topic)),
        Row::events(format!("decode {name} framed"), move |context| framed(context, topic)),
        Row::events(format!("decode {name} wasm"), move |context| {
            through_engine(context, topic, vec![Call::new(stand_in::standardise(topic), [("form", "block")])])
        }),
    ]
}

/// Record by record into one buffer.
fn native(context: &Context, topic: Topic) -> Result<Run<'_>> {
    let records = context.records(topic)?;
    Ok(Box::new(move || {
        let (mut standardiser, mut out) = (Standardiser::new(topic, Rules::default()), Vec::new());
        let clock = Clock::start()?;
        for (offset, (key, value)) in (0..).map(Offset).zip(records.iter()) {
            out.clear();
            standardiser.judge(RawRecord { offset, key: Some(key), value }, |verdict| verdict.write(&mut out));
            black_box(&out);
        }
        Ok(clock.stop(records.len() as u64)?)
    }))
}

/// What a module does, compiled for this machine: batch in, batch out.
fn framed(context: &Context, topic: Topic) -> Result<Run<'_>> {
    let batches = batches(context.records(topic)?)?;
    let encoded = batches.into_iter().map(|batch| {
        let mut bytes = Vec::new();
        let count = batch.count;
        let input = SmartModuleInput::new(batch.bytes, batch.base, 0);
        input.encode(&mut bytes, ENGINE_VERSION).context("encode a module's input")?;
        Ok((bytes, count as u64))
    });
    let encoded = encoded.collect::<Result<Vec<_>>>()?;
    Ok(Box::new(move || {
        let (mut module, mut out) = (Native(Standardiser::new(topic, Rules::default())), Output::default());
        let clock = Clock::start()?;
        for (batch, _) in &encoded {
            run(&mut module, batch, ENGINE_VERSION, &mut out);
            black_box(out.as_bytes());
        }
        Ok(clock.stop(encoded.iter().map(|(_, count)| count).sum())?)
    }))
}

/// The standardise module's transform, to be compiled together with what calls it.
struct Native(Standardiser);

impl Transform for Native {
    fn record(&mut self, record: &Record<'_>, out: &mut Output) {
        let raw = RawRecord { offset: Offset(record.offset as u64), key: record.key, value: record.value };
        self.0.judge(raw, |verdict| out.emit_with(record.key, |bytes| verdict.write(bytes)));
    }
}
