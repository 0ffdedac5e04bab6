//! The sink's core alone: verdicts read, pushed into a shard, and made into points.

use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use adx_correlation::{CONVERSION_TYPES, Catalogue, Settings, Shard, StreamRecord};
use adx_events::offset::{Offset, Partition, PartitionCount};
use adx_events::standardise::{RawRecord, Rules, Standardiser};
use adx_events::time::{DAY_MS, MINUTE_MS, Millis};
use adx_events::topic::Topic;
use adx_events::verdict::Verdict;
use anyhow::{Context as _, Result};

use super::{Row, Run};
use crate::context::Context;
use crate::measure::{Clock, Sample};
use crate::records::Records;

/// Records pushed between two looks at the clock.
const CHUNK: usize = 4_096;

pub fn rows() -> Vec<Row> {
    vec![
        Row::events("core read".to_owned(), read),
        Row::events("core push".to_owned(), push),
        Row::events("core points".to_owned(), points),
    ]
}

/// Records as they come out of the modules: key and verdict.
struct Stream {
    topic: Topic,
    records: Records,
}

impl Stream {
    fn of(context: &Context, topic: Topic) -> Result<Self> {
        let (mut standardiser, mut records) = (Standardiser::new(topic, Rules::default()), Records::default());
        for (offset, (key, value)) in (0..).map(Offset).zip(context.records(topic)?.iter()) {
            standardiser.judge(RawRecord { offset, key: Some(key), value }, |verdict| {
                records.push_with(key, |bytes| verdict.write(bytes));
            });
        }
        Ok(Self { topic, records })
    }

    fn verdicts(&self) -> impl Iterator<Item = (&[u8], Verdict<'_>)> {
        self.records.iter().filter_map(|(key, bytes)| Some((key, Verdict::read(bytes)?)))
    }
}

fn streams(context: &Context) -> Result<[Stream; Topic::ALL.len()]> {
    let [impressions, clicks, bids] = Topic::ALL.map(|topic| Stream::of(context, topic));
    Ok([impressions?, clicks?, bids?])
}

/// From the bytes of the stream to verdicts.
fn read(context: &Context) -> Result<Run<'_>> {
    let streams = streams(context)?;
    Ok(Box::new(move || {
        let clock = Clock::start()?;
        let count = streams.iter().flat_map(Stream::verdicts).map(black_box).count() as u64;
        Ok(clock.stop(count)?)
    }))
}

/// Verdicts into a new shard.
fn push(context: &Context) -> Result<Run<'_>> {
    let (streams, catalogue) = (streams(context)?, catalogue(context)?);
    Ok(Box::new(move || Ok(pushed(&streams, &catalogue)?.1)))
}

/// Attribution brought up to date, and all totals; told for each record pushed before.
fn points(context: &Context) -> Result<Run<'_>> {
    let (streams, catalogue) = (streams(context)?, catalogue(context)?);
    Ok(Box::new(move || {
        let (mut shard, Sample { count, .. }) = pushed(&streams, &catalogue)?;
        let clock = Clock::start()?;
        black_box(shard.points().count());
        Ok(clock.stop(count)?)
    }))
}

/// The topics in turns, each in chunks as large as its part of the whole; reading the verdicts is not measured.
fn pushed(streams: &[Stream], catalogue: &Arc<Catalogue>) -> Result<(Shard, Sample)> {
    let mut shard = Shard::new(settings(), catalogue.clone());
    let longest = streams.iter().map(|stream| stream.records.len()).max().unwrap_or(0);
    let turns = longest.div_ceil(CHUNK).max(1);
    let mut whole = Sample { count: 0, wall: Duration::ZERO, cpu: Duration::ZERO, peak_bytes: None };
    let mut open: Vec<_> =
        streams.iter().map(|stream| (stream.topic, stream.records.len().div_ceil(turns), stream.verdicts())).collect();
    for _ in 0..turns {
        for (topic, part, verdicts) in &mut open {
            let chunk: Vec<_> = verdicts.by_ref().take(*part).collect();
            let clock = Clock::start()?;
            for group in chunk.chunks(Shard::WARMED_TOGETHER) {
                shard.warm(*topic, group.iter().map(|(_, verdict)| verdict));
                for (key, verdict) in group {
                    push_one(&mut shard, *topic, key, *verdict)?;
                }
            }
            let sample = clock.stop(chunk.len() as u64)?;
            whole.count += sample.count;
            whole.wall += sample.wall;
            whole.cpu += sample.cpu;
        }
    }
    Ok((shard, whole))
}

fn push_one(shard: &mut Shard, topic: Topic, key: &[u8], verdict: Verdict<'_>) -> Result<()> {
    black_box(shard.push(topic, StreamRecord { key: Some(key), verdict })?);
    Ok(())
}

fn catalogue(context: &Context) -> Result<Arc<Catalogue>> {
    let path = context.input.dir().join("campaigns.csv");
    let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    Ok(Arc::new(Catalogue::parse(&text).with_context(|| format!("understand {}", path.display()))?))
}

/// The defaults of `adx run`, with one partition.
fn settings() -> Settings {
    Settings {
        click_window: Millis(DAY_MS),
        conversion_window: Millis(7 * DAY_MS),
        view_window: Millis(DAY_MS),
        window: Millis(MINUTE_MS),
        partition: Partition(0),
        partitions: PartitionCount::ONE,
        conversion_types: CONVERSION_TYPES.map(str::to_owned).to_vec(),
        exchanges: Vec::new(),
        state_bytes_max: 12 << 30,
    }
}
