use fluvio_protocol::{Encoder, record::Record};
use fluvio_smartengine::{SmartEngine, SmartModuleChainBuilder, SmartModuleConfig};
use fluvio_smartmodule::dataplane::smartmodule::SmartModuleInput;
fn main() {}
#[test]
fn flat() {
    let wasm = std::fs::read(std::env::var("IDWASM").unwrap()).unwrap();
    for chain_len in [1usize, 2] {
    let engine = SmartEngine::new();
    let mut b = SmartModuleChainBuilder::default();
    b.set_store_memory_limit(4_500_000 * chain_len.max(1));
    for _ in 0..chain_len { b.add_smart_module(SmartModuleConfig::builder().smartmodule_names(&["id".into()]).param("tag","x").build().unwrap(), wasm.clone()); }
    let mut chain = b.initialize(&engine).unwrap();
    let records: Vec<Record> = (0..5000).map(|i| { let mut r = Record::new(vec![b'x'; 180]); r.key = Some(format!("user-{i}").into_bytes().into()); r.preamble.set_offset_delta(i); r }).collect();
    let mut raw = vec![]; records.encode(&mut raw, 0).unwrap();
    let (mut bytes, mut n) = (0usize, 0usize);
    let t = std::time::Instant::now();
    let mut inside = std::time::Duration::ZERO;
    let goal: usize = std::env::var("GOAL").unwrap().parse().unwrap();
    while bytes < goal {
        let input = SmartModuleInput::new(raw.clone(), n as i64, 0);
        let t1 = std::time::Instant::now();
        let out = chain.process(input).unwrap();
        inside += t1.elapsed();
        assert_eq!(out.successes.len(), records.len());
        assert!(out.error.is_none());
        bytes += raw.len(); n += records.len();
    }
    eprintln!("chain {chain_len}: {n} records {bytes} bytes in {:?} (process {inside:?})", t.elapsed());
    }
    let mut b = SmartModuleChainBuilder::default();
    b.add_smart_module(SmartModuleConfig::builder().smartmodule_names(&["id".into()]).build().unwrap(), wasm.clone());
    b.add_smart_module(SmartModuleConfig::builder().smartmodule_names(&["id".into()]).param("tag","offset").build().unwrap(), wasm);
    let mut chain = b.initialize(&SmartEngine::new()).unwrap();
    let records: Vec<Record> = [0,2,5].map(|i| { let mut r = Record::new("v"); r.preamble.set_offset_delta(i); r }).into();
    let mut raw = vec![]; records.encode(&mut raw, 0).unwrap();
    let out = chain.process(SmartModuleInput::new(raw, 100, 0)).unwrap();
    eprintln!("{:?}", out.successes);
}
