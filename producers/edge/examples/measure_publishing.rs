//! What it costs to read a directory, and to publish it to the stand-in in this process: `cargo run -p adx-edge --example measure_publishing -- DIR [PARTITIONS]`.

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use adx_edge::batch::{Sinks, publish_directory};
use adx_edge::files;
use adx_edge::numbering::Numbering;
use adx_edge::record::Records;
use adx_edge::source::{EdgeId, SourceName};
use adx_events::offset::PartitionCount;
use adx_events::topic::Topic;
use adx_local_fluvio::{Config, LocalFluvio};
use adx_publisher::{Cluster, Limits, Publisher};
use fluvio::metadata::topic::TopicSpec;

/// Clock ticks a second in `/proc/self/stat`, the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds that this process has taken so far, all threads, user and system.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().ok_or("no process name")?;
    let ticks = |field: usize| {
        after_name.split(' ').nth(field).ok_or("a field is missing")?.parse::<u64>().map_err(Box::<dyn Error>::from)
    };
    Ok((ticks(12)? + ticks(13)?) as f64 / TICKS_PER_SECOND)
}

fn told(what: &str, records: u64, cpu: f64, wall: f64) {
    println!(
        "{what:<28} {records:>9} records {:>6.2} us CPU a record, {:>6.0} k records/s",
        cpu / records as f64 * 1e6,
        records as f64 / wall / 1e3
    );
}

fn read(input: &Path, topic: Topic, edge: &EdgeId, partitions: PartitionCount) -> Result<(), Box<dyn Error>> {
    let (cpu, started, mut count, mut bytes) = (cpu_seconds()?, Instant::now(), 0u64, 0);
    for file in files::find(input, topic).files {
        if file.path.extension().is_some_and(|suffix| suffix == "gz") {
            continue; // how long decompression takes is not the question
        }
        let mut numbering = Numbering::new(SourceName::of_file(edge, &file.relative), topic, partitions);
        let mut records = Records::new(topic, Box::new(File::open(&file.path)?));
        while let Some(event) = records.next() {
            bytes += numbering.number(&event).value.len();
            count += 1;
        }
    }
    told(
        &format!("read {} ({} MB)", topic.input(), bytes / 1_000_000),
        count,
        cpu_seconds()? - cpu,
        started.elapsed().as_secs_f64(),
    );
    Ok(())
}

async fn publish(input: &Path, edge: &EdgeId, partitions: PartitionCount) -> Result<(), Box<dyn Error>> {
    let local = LocalFluvio::start(Config::default()).await?;
    let cluster = Cluster::new(local.endpoint());
    let admin = cluster.client().await?.admin().await;
    for topic in Topic::ALL {
        admin.create(topic.name().to_owned(), false, TopicSpec::new_computed(partitions.get(), 1, None)).await?;
    }
    let open =
        async |topic: Topic| Publisher::connect(cluster.clone(), topic.name(), partitions, Limits::default()).await;
    let sinks = Sinks {
        impressions: open(Topic::Impressions).await?,
        clicks: open(Topic::Clicks).await?,
        bids: open(Topic::Bids).await?,
    };
    let (cpu, started) = (cpu_seconds()?, Instant::now());
    let (report, sinks) = publish_directory(input, edge, partitions, sinks, |_, _| {}).await?;
    for publisher in [sinks.impressions, sinks.clicks, sinks.bids] {
        publisher.finish().await?;
    }
    told("publish to the stand-in", report.read.iter().sum(), cpu_seconds()? - cpu, started.elapsed().as_secs_f64());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let input = PathBuf::from(args.next().ok_or("give a directory")?);
    let partitions = args.next().map_or(Ok(2), |text| text.parse())?;
    let partitions = PartitionCount::new(partitions).ok_or("no partitions")?;
    let edge = EdgeId::new("edge")?;
    for topic in Topic::ALL {
        read(&input, topic, &edge, partitions)?;
    }
    publish(&input, &edge, partitions).await
}
