//! Chains of modules in Fluvio's own engine, without a server around it; and what the engine itself takes.

use std::hint::black_box;

use adx_events::block;
use adx_events::topic::Topic;
use adx_smartmodules::{DEDUPE, Kind, Module};
use anyhow::{Context as _, Result, ensure};
use fluvio_protocol::record::Record;
use fluvio_smartengine::{SmartEngine, SmartModuleChainBuilder, SmartModuleChainInstance, SmartModuleConfig};
use fluvio_smartmodule::dataplane::smartmodule::SmartModuleInput;

use super::{Row, Run};
use crate::context::Context;
use crate::measure::{Clock, Sample, Unit};
use crate::records::{Batch, batches};
use crate::stand_in::{self, Call};

/// Gives every record back as it came, touching none. Its input is base offset (8 bytes), length (4), encoded records; its output the same records
/// and a byte for "no error".
const PASS: Module = Module {
    name: "pass",
    kind: Kind::Map,
    package: "",
    wasm: br#"(module
  (import "env" "copy_records" (func $copy (param i32 i32)))
  (memory (export "memory") 128)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "map") (param $at i32) (param $len i32) (param i32) (result i32) (local $raw i32)
    (local.set $raw (i32.add (i32.shl (i32.load8_u offset=9 (local.get $at)) (i32.const 16))
      (i32.add (i32.shl (i32.load8_u offset=10 (local.get $at)) (i32.const 8)) (i32.load8_u offset=11 (local.get $at)))))
    (i32.store8 offset=12 (i32.add (local.get $at) (local.get $raw)) (i32.const 0))
    (call $copy (i32.add (local.get $at) (i32.const 12)) (i32.add (local.get $raw) (i32.const 1)))
    (i32.const 0)))"#,
};

pub fn rows() -> Vec<Row> {
    let own = [
        Row::events("engine empty".to_owned(), |context| through_engine(context, Topic::Impressions, vec![])),
        Row::events("engine pass".to_owned(), |context| {
            through_engine(context, Topic::Impressions, vec![Call::new(PASS, [])])
        }),
    ];
    own.into_iter().chain(Topic::ALL.into_iter().flat_map(rows_of)).collect()
}

fn rows_of(topic: Topic) -> [Row; 4] {
    let name = topic.input();
    [
        Row::new(format!("start {name} chain"), Unit::Starts, move |context| {
            Ok(Box::new(move || start_chain(&context.engine, topic)))
        }),
        Row::events(format!("dedupe {name} wasm"), move |context| {
            through_engine(context, topic, vec![Call::new(DEDUPE, [])])
        }),
        Row::events(format!("chain {name} wasm"), move |context| {
            through_engine(context, topic, stand_in::record_chain(topic))
        }),
        Row::events(format!("block {name} wasm"), move |context| {
            through_engine(context, topic, stand_in::block_chain(topic))
        }),
    ]
}

/// The records of a topic, batch by batch, through a chain that is new for every run.
pub fn through_engine(context: &Context, topic: Topic, modules: Vec<Call>) -> Result<Run<'_>> {
    let batches = batches(context.records(topic)?)?;
    Ok(Box::new(move || {
        let mut chain = started(&context.engine, &modules)?;
        let clock = Clock::start()?;
        let mut count = 0;
        for batch in &batches {
            process(&mut chain, batch)?;
            count += batch.count as u64;
        }
        Ok(clock.stop(count)?)
    }))
}

/// Compiling and starting the chain of a topic's stream, as every stream does.
pub fn start_chain(engine: &SmartEngine, topic: Topic) -> Result<Sample> {
    let clock = Clock::start()?;
    black_box(started(engine, &stand_in::block_chain(topic))?);
    Ok(clock.stop(1)?)
}

fn started(engine: &SmartEngine, calls: &[Call]) -> Result<SmartModuleChainInstance> {
    let mut builder = SmartModuleChainBuilder::default();
    for Call { module, params } in calls {
        let names = [module.name.to_owned()];
        let config = SmartModuleConfig::builder().smartmodule_names(&names).params(params.clone().into()).build();
        builder.add_smart_module(config.with_context(|| format!("name {module:?}"))?, module.wasm.to_vec());
    }
    builder.initialize(engine).with_context(|| format!("start the chain {calls:?}"))
}

/// One batch through the chain; every record must come out.
fn process(chain: &mut SmartModuleChainInstance, batch: &Batch) -> Result<()> {
    let input = SmartModuleInput::new(batch.bytes.clone(), batch.base, 0);
    let output = chain.process(input).context("run a chain")?;
    let (given, wanted) = (output.successes.iter().map(events_in).sum::<usize>(), batch.count);
    ensure!(given == wanted && output.error.is_none(), "a chain gave {given} records of {wanted}: {:?}", output.error);
    black_box(output);
    Ok(())
}

/// The records of a block, or the one record.
fn events_in(record: &Record) -> usize {
    let whole = block::entries(record.value().as_ref()).filter(Result::is_ok).count();
    whole.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Records;

    #[test]
    fn the_passing_module_and_the_empty_chain_give_back_every_record() {
        let mut records = Records::default();
        (0..5_000u32).for_each(|n| records.push(n.to_string().as_bytes(), &vec![b'v'; n as usize % 700]));
        let engine = SmartEngine::new();
        for modules in [vec![], vec![Call::new(PASS, [])]] {
            let mut chain = started(&engine, &modules).unwrap();
            for batch in batches(&records).unwrap() {
                let output = chain.process(SmartModuleInput::new(batch.bytes.clone(), batch.base, 0)).unwrap();
                let from = batch.base as usize;
                for (record, (key, value)) in output.successes.iter().zip(records.iter().skip(from)) {
                    assert!(record.key().unwrap().as_ref() == key && record.value().as_ref() == value);
                }
                process(&mut chain, &batch).unwrap();
            }
        }
    }
}
