//! Measures how fast traffic is made and written: records a second of CPU time and of time passed, for each codec of bid requests.
//!
//! `cargo run -p adx-generator --example measure_generate [IMPRESSIONS]`: twice as many bid requests, into a temporary directory that is removed.

use std::time::{Duration, Instant};

use adx_generator::{Codec, Settings, generate};

/// CPU time of this process where the system tells it, in its ticks of a hundredth of a second.
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut behind_name = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let mut ticks = || behind_name.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 10))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let impressions = std::env::args().nth(1).map_or(Ok(500_000), |n| n.parse())?;
    println!("bids       records      bytes  records/s of CPU time  records/s");
    for bid_codec in Codec::ALL {
        let settings =
            Settings { impressions, bids: 2 * impressions, users: 200_000, bid_codec, ..Settings::default() };
        let dir = tempfile::tempdir()?;
        let (start, cpu) = (Instant::now(), cpu_time());
        let summary = generate(&settings, dir.path(), |_| ())?;
        let (passed, records) = (start.elapsed(), summary.records() as f64);
        let used = cpu.and_then(|before| Some(cpu_time()? - before)).unwrap_or(passed);
        let bytes = summary.impressions.bytes + summary.clicks.bytes + summary.bids.bytes;
        println!(
            "{:<9} {records:>9} {bytes:>10} {:>22.0} {:>10.0}",
            bid_codec.name(),
            records / used.as_secs_f64(),
            records / passed.as_secs_f64()
        );
    }
    Ok(())
}
