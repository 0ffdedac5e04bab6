//! The compiled modules in the engine that Fluvio's servers run them in.

use std::cell::RefCell;

use adx_smartmodules::{CLICKS, DEDUPE, IMPRESSIONS, Kind, Module, modules};
use fluvio_protocol::Encoder;
use fluvio_protocol::record::Record;
use fluvio_smartengine::{SmartEngine, SmartModuleChainBuilder, SmartModuleChainInstance, SmartModuleConfig};
use fluvio_smartmodule::dataplane::smartmodule::SmartModuleInput;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

const MIB: usize = 1024 * 1024;
/// Room for what the modules keep and one batch; a small part of what passes through them in these tests.
const MEMORY_MAX: usize = 16 * MIB;

fn chain(modules: &[Module]) -> SmartModuleChainInstance {
    let mut builder = SmartModuleChainBuilder::default();
    builder.set_store_memory_limit(MEMORY_MAX);
    for module in modules {
        let config = SmartModuleConfig::builder().smartmodule_names(&[module.name.to_owned()]).build();
        builder.add_smart_module(config.expect("a name is enough"), module.wasm.to_vec());
    }
    builder.initialize(&SmartEngine::new()).unwrap_or_else(|err| panic!("load {modules:?}: {err:#}"))
}

/// Offsets of every third record, as if others had been filtered out.
fn records(values: &[Vec<u8>]) -> Vec<Record> {
    let record = |(index, value): (usize, &Vec<u8>)| {
        let mut record = Record::new_key_value(format!("key-{index}"), value.clone());
        record.preamble.set_offset_delta(3 * index as i64);
        record
    };
    values.iter().enumerate().map(record).collect()
}

fn input(records: &[Record], base_offset: i64) -> SmartModuleInput {
    let mut bytes = Vec::new();
    records.to_vec().encode(&mut bytes, 0).expect("a Vec has room");
    SmartModuleInput::new(bytes, base_offset, 1_772_323_200_000)
}

fn offset_deltas(records: &[Record]) -> Vec<i64> {
    records.iter().map(Record::offset_delta).collect()
}

fn process(chain: &mut SmartModuleChainInstance, input: SmartModuleInput) -> Vec<Record> {
    let output = chain.process(input).expect("modules do not trap");
    assert!(output.error.is_none(), "modules answer no record with an error: {:?}", output.error);
    output.successes
}

#[test]
fn a_map_answers_every_record_at_its_offset() {
    // Loading a module takes longer than all that is asked of it, so that every case goes through the same instances.
    let maps = modules().into_iter().filter(|module| module.kind == Kind::Map).map(|module| chain(&[module]));
    let maps = RefCell::new(maps.collect::<Vec<_>>());
    let values = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..50);
    let every_map_answers = |values: Vec<Vec<u8>>| {
        let records = records(&values);
        for map in maps.borrow_mut().iter_mut() {
            prop_assert_eq!(offset_deltas(&process(map, input(&records, 40))), offset_deltas(&records));
        }
        Ok(())
    };
    TestRunner::default().run(&values, every_map_answers).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn every_module_survives_a_damaged_batch() {
    for module in modules() {
        let mut chain = chain(&[module]);
        for damaged in
            [vec![], vec![0xff; 64], vec![0, 0, 0, 9, 0x80], vec![0x7f, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0, 0]]
        {
            process(&mut chain, SmartModuleInput::new(damaged, 0, 0));
        }
    }
}

#[test]
fn memory_stays_flat() {
    // The long form answers well over 2 GB.
    let batches: i64 = if std::env::var_os("ADX_SOAK").is_some() { 1_600 } else { 30 };
    let impression = |index: usize| {
        let json = format!(
            r#"{{"ad_creative_id":"c-{index}","user_id":"u-{index}","website":"https://example.org/{index:0>900}","timestamp":"2026-03-01T00:00:00Z"}}"#
        );
        json.into_bytes()
    };
    let records = records(&(0..2_000).map(impression).collect::<Vec<_>>());
    let mut chain = chain(&[DEDUPE, IMPRESSIONS]);
    let mut answered_bytes = 0;
    for batch in 0..batches {
        let answers = process(&mut chain, input(&records, batch * 6_000));
        assert_eq!(answers.len(), records.len());
        answered_bytes += answers.iter().map(|answer| answer.value.len()).sum::<usize>();
    }
    assert!(answered_bytes > 3 * MEMORY_MAX, "only {answered_bytes} bytes were answered");
}

#[test]
fn names_are_ours_and_carry_a_version() {
    assert_eq!((IMPRESSIONS.name, CLICKS.name), ("adx-impressions-v1", "adx-clicks-v1"));
    for module in modules() {
        assert!(module.name.starts_with("adx-") && module.name.ends_with("-v1"), "{module:?}");
        assert_eq!(module.wasm[..4], *b"\0asm", "{module:?}");
    }
}
