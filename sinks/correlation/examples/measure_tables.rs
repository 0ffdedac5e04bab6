//! Fills the tables of live state and measures three layouts: bytes of resident memory an impression, nanoseconds an insertion and a look-up, and a bucket dropped.
//!
//! `cargo run -p adx-correlation --example measure_tables [packed|arena|maps] [IMPRESSIONS]`, by default every layout, each with 1 and with 50 million random
//! impressions in 50 hours of event time, in their order with 20 s of disorder: 100 users to a thousand impressions, 50 campaigns. An insertion decides identity and
//! puts the impression where its user and campaign find it; a look-up asks for a user, campaign and the day before an instant, as an attribution does.
//!
//! - `packed`: what the sink has ([`adx_correlation::packed`]): identities in one table a day, 16 bytes an entry, touches in one table each twelve hours, 24 bytes an entry.
//! - `arena`: one 56-byte entry an impression in an arena a day, links from each to the one before of its user and campaign, two tables of 32-bit indices.
//! - `maps`: identities in a hash table a day, journeys in one hash map that owns a vector for each user and campaign with more than one impression.

mod tables {
    pub mod arena;
    pub mod layout;
    pub mod maps;
    pub mod packed;
    pub mod traffic;
}

use std::time::{Duration, Instant};

use adx_correlation::Shard;
use tables::layout::Layout;
use tables::traffic::{HOURS, Traffic};

const PAGE_BYTES: u64 = 4_096;
/// Impressions made before they are inserted, so that making them is not measured.
const CHUNK: usize = 4_096;
const LOOK_UPS: u64 = 1_000_000;

/// What a layout took.
struct Taken {
    impressions: u64,
    bytes: f64,
    insert_ns: f64,
    look_up_ns: f64,
    drop_ms: f64,
    found: u64,
}

type Measure = fn(u64) -> Taken;

fn measure<L: Layout>(impressions: u64) -> Taken {
    let before = resident_bytes();
    let (mut layout, mut traffic) = (L::new(), Traffic::new(impressions));
    let mut inserting = 0.0;
    loop {
        let chunk: Vec<_> = traffic.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        let start = cpu_time();
        for group in chunk.chunks(Shard::WARMED_TOGETHER) {
            layout.warm(group);
            group.iter().for_each(|view| layout.insert(view));
        }
        inserting += (cpu_time() - start).as_nanos() as f64;
    }
    let bytes = resident_bytes().saturating_sub(before);
    let sought: Vec<_> = traffic.sought(LOOK_UPS).collect();
    let start = cpu_time();
    let found = sought.iter().map(|view| layout.look_up(view)).sum();
    let look_up_ns = (cpu_time() - start).as_nanos() as f64 / LOOK_UPS as f64;
    let start = cpu_time();
    let dropped = layout.drop_first_day();
    let drop_ms = (cpu_time() - start).as_secs_f64() * 1e3;
    assert!(dropped, "the first day has a bucket");
    Taken {
        impressions,
        bytes: bytes as f64 / impressions as f64,
        insert_ns: inserting / impressions as f64,
        look_up_ns,
        drop_ms,
        found,
    }
}

/// CPU time of this thread where the system tells it, else the time that has passed: a busy machine must not count.
fn cpu_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let passed = START.get_or_init(Instant::now).elapsed();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ns = told.and_then(|text| text.split(' ').next()?.parse().ok());
    ns.map_or(passed, Duration::from_nanos)
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * PAGE_BYTES
}

fn main() {
    let layout = std::env::args().nth(1);
    let sizes = std::env::args().nth(2).and_then(|n| n.parse().ok()).map_or(vec![1_000_000, 50_000_000], |n| vec![n]);
    println!(
        "{HOURS} h of event time, CPU time\nlayout   impressions  bytes  insert ns  look-up ns  first day dropped ms  touches found"
    );
    let layouts: [(&str, Measure); 3] = [
        ("packed", measure::<tables::packed::Packed>),
        ("arena", measure::<tables::arena::Arena>),
        ("maps", measure::<tables::maps::Maps>),
    ];
    for (name, measure) in layouts.into_iter().filter(|(name, _)| layout.as_deref().is_none_or(|l| l == *name)) {
        for impressions in &sizes {
            let t = measure(*impressions);
            println!(
                "{name:<8} {:>11} {:>6.1} {:>10.0} {:>11.0} {:>21.1} {:>14}",
                t.impressions, t.bytes, t.insert_ns, t.look_up_ns, t.drop_ms, t.found
            );
        }
    }
}
