//! temporary
use std::time::Instant;
use fluvio_smartengine::*;
use fluvio_protocol::record::Record;
use fluvio_smartmodule::dataplane::smartmodule::SmartModuleInput;
const WAT: &str = include_str!("/tmp/pass.wat");
fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/self/stat").unwrap(); let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect(); (f[11].parse::<f64>().unwrap()+f[12].parse::<f64>().unwrap())/100.0 }
#[test]
fn measure() {
    let dir = std::env::var("WASM_DIR").unwrap();
    let read = |n: &str| if n == "pass" { WAT.as_bytes().to_vec() } else { std::fs::read(format!("{dir}/adx_smartmodule_{n}.wasm")).unwrap() };
    let engine = SmartEngine::new();
    let build = |names: &[&str]| {
        let mut b = SmartModuleChainBuilder::default();
        for n in names { b.add_smart_module(SmartModuleConfig::builder().smartmodule_names(vec![n.to_string()]).version(25i16).build().unwrap(), read(n)); }
        b.initialize(&engine).unwrap()
    };
    let recs: Vec<Record> = (0..1000).map(|i| { let mut r = Record::new(format!(r#"{{"ad_creative_id":"cr-000123","user_id":"user-{i:09}","website":"news.example.com","timestamp":"2026-03-01T00:00:00.123Z","impression_id":"imp-{i:010}","auction_id":"auc-0001","cost_micros":1200,"currency":"USD","country":"DEU","device":"mobile"}}"#)); r.preamble.set_offset_delta(i); r}).collect();
    let raw = SmartModuleInput::try_from_records(recs.clone(), 25).unwrap().into_raw_bytes();
    for names in [vec!["pass"], vec!["pass","pass"], vec!["dedupe"], vec!["impressions"], vec!["dedupe","impressions"]] {
        let mut chain = build(&names);
        let (t, c0) = (Instant::now(), cpu());
        let mut n = 0;
        for i in 0..200 { let input = SmartModuleInput::new(raw.clone(), i*1000, 0); n += chain.process(input).unwrap().successes.len(); }
        println!("{names:?} {n} in {:?} cpu {:.2} = {:.2} us/rec", t.elapsed(), cpu()-c0, (cpu()-c0)*1e6/n as f64);
    }
}
