//! The modules as WebAssembly and as native code give the same answers, one for each record, in bounded time, whatever the bytes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use adx_events::block;
use adx_smartmodule_abi::{ENGINE_VERSION, Output, Transform, run};
use adx_smartmodule_bids::Bids;
use adx_smartmodule_clicks::Clicks;
use adx_smartmodule_dedupe::Dedupe;
use adx_smartmodule_impressions::Impressions;
use adx_smartmodule_select::Select;
use adx_smartmodules::{BIDS, CLICKS, DEDUPE, IMPRESSIONS, Module, SELECT};
use fluvio_protocol::record::Record;
use fluvio_protocol::{Decoder, Encoder};
use fluvio_smartengine::{SmartEngine, SmartModuleChainBuilder, SmartModuleChainInstance, SmartModuleConfig};
use fluvio_smartmodule::dataplane::smartmodule::{SmartModuleInput, SmartModuleOutput};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// No batch of these tests may take longer, on the slowest machine.
const BATCH_TIME_MAX: Duration = Duration::from_secs(20);
const VALUE_BYTES_MAX: usize = 1 << 20;

/// Values of all kinds: any bytes, pieces of the three formats, and one piece over and over.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"{",
        b"}",
        b"[",
        b"{\"a\":",
        b"\"",
        b"\\",
        b"\\u0041",
        b"\\ud800",
        b",",
        b":",
        b"1",
        b"1772324400000",
        b"-0",
        b"null",
        b" ",
        b"\xff",
        b"\"user_id\":\"u\"",
        b"\"timestamp\":1772324400000",
        b"\"ad_creative_id\":\"c\"",
        b"\"website\":\"w\"",
        b"click",
        b"\n",
        b"\xc3\x01\xa0\x0b\x77\xd1\x5f\x2b\xf0\xe2",
        b"\x02a",
        b"\x00",
    ];
    let piece = prop::sample::select(pieces);
    let sound = prop::sample::select(vec![
        br#"{"ad_creative_id":"c","user_id":"u","website":"w","timestamp":1772324400000,"cost_micros":7}"#.to_vec(),
        b"1772324400000,u,c,purchase,e,,,5,USD".to_vec(),
        b"too_large 300000 9f86d081884c7d65".to_vec(),
    ]);
    // Of every length on both sides of what is taken at once, with what ends a run of plain characters anywhere in it.
    let text = "[a-z]{0,40}|[a-zé\u{1f600}\u{1}]{0,40}|[a-z]{0,20}(\\\\n|\\\\\"|\\\\u00e9)[a-z]{0,20}";
    let with_texts = (0..2u8, text, text).prop_map(|(kind, one, two)| match kind {
        0 => format!(
            r#"{{"ad_creative_id":"{one}","user_id":"{two}","website":"{one}","timestamp":1772324400000,"user_agent":"{two}"}}"#
        ),
        _ => format!("1772324400000,{one},{two},click,{one},,,,"),
    });
    prop_oneof![
        4 => with_texts.prop_map(String::into_bytes),
        4 => prop::collection::vec(any::<u8>(), 0..120),
        4 => prop::collection::vec(piece.clone(), 0..24).prop_map(|pieces| pieces.concat()),
        4 => sound,
        1 => (piece, 0..VALUE_BYTES_MAX).prop_map(|(piece, bytes)| piece.repeat(bytes / piece.len())),
    ]
}

fn key() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop::option::of(prop_oneof![
        "[rm]1:[icb]:0:[0-4]:0:s".prop_map(String::into_bytes),
        "[!~]{1,2}[0-9]{0,2}~?[rm]1:i:0:[0-4]:0:s".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..24),
    ])
}

fn batch(records: &[Keyed], base_offset: i64) -> SmartModuleInput {
    let numbered = records.iter().enumerate().map(|(index, (key, value))| {
        let mut record = Record::new(value.clone());
        record.key = key.clone().map(Into::into);
        record.preamble.set_offset_delta(index as i64);
        record
    });
    let mut bytes = Vec::new();
    numbered.collect::<Vec<_>>().encode(&mut bytes, 0).expect("a Vec has room");
    SmartModuleInput::new(bytes, base_offset, 1_772_323_200_000)
}

type Given = [(&'static str, &'static str)];

fn wasm(module: Module, params: &Given) -> SmartModuleChainInstance {
    let mut builder = SmartModuleChainBuilder::default();
    let params: BTreeMap<_, _> = params.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let names = [module.name.to_owned()];
    let config = SmartModuleConfig::builder().smartmodule_names(&names).params(params.into()).build();
    builder.add_smart_module(config.expect("a name is enough"), module.wasm.to_vec());
    builder.initialize(&SmartEngine::new()).unwrap_or_else(|error| panic!("load {module:?}: {error:#}"))
}

/// Key and value of a record.
type Keyed = (Option<Vec<u8>>, Vec<u8>);
/// Offset delta, key and value of a record that came out.
type Answer = (i64, Option<Vec<u8>>, Vec<u8>);

fn natively(transform: &mut impl Transform, input: &SmartModuleInput) -> Vec<Answer> {
    let (mut bytes, mut out) = (Vec::new(), Output::default());
    input.encode(&mut bytes, ENGINE_VERSION).expect("a Vec has room");
    run(transform, &bytes, ENGINE_VERSION, &mut out);
    let mut answer = SmartModuleOutput::default();
    answer.decode(&mut std::io::Cursor::new(out.as_bytes()), ENGINE_VERSION).expect("the host decodes every answer");
    plain(answer.successes)
}

fn plain(records: Vec<Record>) -> Vec<Answer> {
    let plain = |record: Record| {
        let key = record.key.as_ref().map(|key| key.as_ref().to_vec());
        (record.preamble.offset_delta(), key, record.value.as_ref().to_vec())
    };
    records.into_iter().map(plain).collect()
}

fn native<T: Transform + Default>(params: &Given) -> T {
    let mut transform = T::default();
    transform.init(&params.iter().copied().collect());
    transform
}

fn agree<T: Transform + Default>(module: Module, params: &Given, exactly_one: bool) {
    let (mut compiled, mut native, mut base) = (wasm(module, params), native::<T>(params), 0i64);
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    let batches = prop::collection::vec((key(), value()), 1..6);
    let compiled = std::cell::RefCell::new((&mut compiled, &mut native, &mut base));
    let check = |records: Vec<Keyed>| {
        let (compiled, native, base) = &mut *compiled.borrow_mut();
        let input = batch(&records, **base);
        **base += records.len() as i64;
        let started = Instant::now();
        let output = compiled.process(input.clone()).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
        prop_assert!(output.error.is_none());
        prop_assert!(started.elapsed() < BATCH_TIME_MAX, "{:?}", started.elapsed());
        let answers = plain(output.successes);
        prop_assert_eq!(&answers, &natively(*native, &input));
        let counts_right = if exactly_one { answers.len() == records.len() } else { !answers.is_empty() };
        prop_assert!(counts_right, "{} answers to {} records", answers.len(), records.len());
        Ok(())
    };
    runner.run(&batches, check).unwrap_or_else(|failure| panic!("{}: {failure}", module.name));
}

/// What `adx run` asks for: repetitions marked in the same pass, all verdicts of a batch in one record.
const BLOCKS: &Given = &[("dedupe", "true"), ("form", "block"), ("remember", "64")];

#[test]
fn impressions() {
    agree::<Impressions>(IMPRESSIONS, &[], true);
    agree::<Impressions>(IMPRESSIONS, BLOCKS, false);
}

#[test]
fn clicks() {
    agree::<Clicks>(CLICKS, &[("dedupe", "true")], true);
    agree::<Clicks>(CLICKS, BLOCKS, false);
}

#[test]
fn bids() {
    agree::<Bids>(BIDS, &[], true);
    agree::<Bids>(BIDS, BLOCKS, false);
}

#[test]
fn dedupe() {
    agree::<Dedupe>(DEDUPE, &[], true);
}

#[test]
fn select() {
    agree::<Select>(SELECT, &[], false);
}

/// The key and the verdict of each record, whatever form they come in.
fn verdicts(answers: &[Answer]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let of_block = |value: &Vec<u8>| -> Vec<_> {
        block::entries(value)
            .map(|entry| entry.map(|e| (e.key.to_vec(), e.verdict.to_vec())).expect("a whole block"))
            .collect()
    };
    answers.iter().flat_map(|(_, _, value)| of_block(value)).collect()
}

fn one_pass_is_the_chain<T: Transform + Default>() {
    let batches = prop::collection::vec(prop::collection::vec((key(), value()), 1..8), 1..6);
    let check = |batches: Vec<Vec<Keyed>>| {
        let (mut first, mut second, mut base) = (native::<Dedupe>(&[("remember", "64")]), native::<T>(&[]), 0);
        let (mut one_pass, mut blocks) = (native::<T>(&[("dedupe", "true"), ("remember", "64")]), native::<T>(BLOCKS));
        for records in batches {
            let input = batch(&records, base);
            let marked: Vec<_> = natively(&mut first, &input).into_iter().map(|(_, key, value)| (key, value)).collect();
            let chained = natively(&mut second, &batch(&marked, base));
            prop_assert_eq!(&natively(&mut one_pass, &input), &chained);
            let dense = natively(&mut blocks, &input);
            prop_assert_eq!(dense.len(), 1);
            let chained: Vec<_> = chained.into_iter().map(|(_, key, value)| (key.unwrap_or_default(), value)).collect();
            prop_assert_eq!(verdicts(&dense), chained);
            base += records.len() as i64;
        }
        Ok(())
    };
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    runner.run(&batches, check).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn one_pass_gives_what_dedupe_and_the_module_give_in_a_chain() {
    one_pass_is_the_chain::<Impressions>();
    one_pass_is_the_chain::<Clicks>();
    one_pass_is_the_chain::<Bids>();
}
