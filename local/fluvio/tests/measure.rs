//! temporary
use std::time::Instant;
use fluvio_smartengine::*;
use fluvio_protocol::record::Record;
use fluvio_smartmodule::dataplane::smartmodule::SmartModuleInput;
fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/self/stat").unwrap(); let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect(); (f[11].parse::<f64>().unwrap()+f[12].parse::<f64>().unwrap())/100.0 }
#[test]
fn measure() {
    let dir = std::env::var("WASM_DIR").unwrap();
    let read = |n: &str| std::fs::read(format!("{dir}/adx_smartmodule_{n}.wasm")).unwrap();
    for n in ["dedupe","impressions","clicks","bids","select"] {
        println!("{n} {} bytes", read(n).len());
    }
    let engine = SmartEngine::new();
    let build = |names: &[&str]| {
        let mut b = SmartModuleChainBuilder::default();
        for n in names { b.add_smart_module(SmartModuleConfig::builder().smartmodule_names(vec![n.to_string()]).version(25i16).build().unwrap(), read(n)); }
        b.initialize(&engine).unwrap()
    };
    for names in [vec!["impressions"], vec!["clicks"], vec!["bids"], vec!["dedupe"], vec!["dedupe","impressions"], vec!["dedupe","clicks"]] {
        for _ in 0..2 {
            let c0=cpu(); let t = Instant::now();
            let c = build(&names);
            println!("{names:?} {:?} cpu {:.2}", t.elapsed(), cpu()-c0);
            drop(c);
        }
    }
    let c0=cpu(); let t = Instant::now();
    std::thread::scope(|s| { for k in 0..2 { let build=&build; s.spawn(move || { let mut keep = vec![]; for i in 0..12 { let n = ["impressions","clicks","bids"][(i+k)%3]; keep.push(build(&["dedupe", n])); } keep.len() }); } });
    println!("24 chains of two on 2 threads {:?} cpu {:.2}", t.elapsed(), cpu()-c0);
    let mut chain = build(&["dedupe","impressions"]);
    let line = br#"{"ad_creative_id":"cr-000123","user_id":"user-000012345","website":"news.example.com","timestamp":"2026-03-01T00:00:00.123Z","impression_id":"imp-0000012345","auction_id":"auc-0001","cost_micros":1200,"currency":"USD","country":"DEU","device":"mobile"}"#;
    let recs: Vec<Record> = (0..4000).map(|i| { let mut r = Record::new(line.to_vec()); r.preamble.set_offset_delta(i); r}).collect();
    let t = Instant::now();
    let mut n = 0; let c0=cpu();
    for i in 0..50 { let mut input = SmartModuleInput::try_from_records(recs.clone(), 25).unwrap(); input.set_base_offset(i*4000); n += chain.process(input).unwrap().successes.len(); }
    println!("processed {n} in {:?} cpu {:.2}", t.elapsed(), cpu()-c0);
}
