//! Points into the local InfluxDB, and into a real one where there is one, by the project's writer in batches of three sizes.

use std::time::Duration;

use adx_events::time::WindowStart;
use adx_influx::line_protocol::Line;
use adx_influx::writer::{Endurance, Limits};
use adx_influx::{EncodedPoint, InfluxClient, InfluxTarget, RefusedFile, RetryLimits, Revision};
use adx_local_influx::{Account, Config, LocalInflux};
use adx_queries::{FieldKind, Measurement};
use adx_tests::influxd::{Influxd, PROGRAM, Scheduler, URL};
use anyhow::{Context as _, Result, ensure};

use super::{Row, Run};
use crate::context::Context;
use crate::measure::{Clock, Sample};

/// Points of a request.
const BATCHES: [usize; 3] = [100, 1_000, 5_000];
/// Requests of a run.
const REQUESTS: usize = 40;
const CHUNK: usize = 1_000;
const FINISH_WITHIN: Duration = Duration::from_secs(600);
/// 2026-03-01, as a second.
const START: i64 = 1_772_323_200;
const CAMPAIGNS: usize = 200;
pub fn rows() -> Vec<Row> {
    let local = |batch| Row::events(format!("write {batch}"), move |context| into_stand_in(context, batch));
    let real = |batch| Row::events(format!("write influxd {batch}"), move |context| into_influxd(context, batch));
    let is_there = [URL, PROGRAM].into_iter().any(|name| std::env::var_os(name).is_some());
    BATCHES.into_iter().map(local).chain(BATCHES.into_iter().filter(|_| is_there).map(real)).collect()
}

/// Into a new stand-in every time, whose work is part of the row.
fn into_stand_in(context: &Context, batch: usize) -> Result<Run<'_>> {
    let points = points(batch * REQUESTS)?;
    Ok(Box::new(move || {
        context.runtime.block_on(async {
            let (org, bucket, token) = ("bench".to_owned(), "bench".to_owned(), "bench".to_owned());
            let account = Account {
                org: org.clone(),
                bucket: bucket.clone(),
                token: token.clone(),
                read_token: None,
                keeps: None,
            };
            let server = LocalInflux::start(Config { account: Some(account), ..Config::default() }).await?;
            let target = InfluxTarget { url: server.url(), org, bucket, token };
            write(&InfluxClient::new(target, RetryLimits::default())?, batch, points.clone()).await
        })
    }))
}

/// Over the same points of one bucket every time; influxd is another process, its CPU time is none of the row's.
fn into_influxd(context: &Context, batch: usize) -> Result<Run<'_>> {
    let points = points(batch * REQUESTS)?;
    let server =
        context.runtime.block_on(Influxd::start("points a second", Scheduler::Silent)).context("start influxd")?;
    let client = server.client(&format!("bench-{batch}"));
    context.runtime.block_on(client.ensure_bucket(None)).context("make a bucket")?;
    Ok(Box::new(move || {
        let _running = &server;
        context.runtime.block_on(write(&client, batch, points.clone()))
    }))
}

async fn write(client: &InfluxClient, batch: usize, points: Vec<EncodedPoint>) -> Result<Sample> {
    let refused = std::env::temp_dir().join(format!("adx-bench-{}-refused-points.lp", std::process::id()));
    let endurance = Endurance::GiveUpAfter(FINISH_WITHIN);
    let limits = Limits { batch_points_max: batch, batch_bytes_max: 8 * 1024 * 1024, endurance, ..Limits::default() };
    let writer = client.writer(limits, RefusedFile::new(refused));
    let (count, mut points) = (points.len() as u64, points.into_iter());
    let clock = Clock::start()?;
    loop {
        let chunk: Vec<EncodedPoint> = points.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        writer.push(chunk).await.context("push points")?;
    }
    let metrics = writer.finish(FINISH_WITHIN).await.context("write points")?;
    let sample = clock.stop(count)?;
    ensure!(metrics.written == count, "{} of {count} points were written", metrics.written);
    Ok(sample)
}

/// Points as the sink writes most of: a campaign's, minute by minute.
fn points(count: usize) -> Result<Vec<EncodedPoint>> {
    (0..count).map(|n| point(n).with_context(|| format!("encode point {n}"))).collect()
}

fn point(n: usize) -> Result<EncodedPoint> {
    let at = START + 60 * i64::try_from(n / CAMPAIGNS)?;
    let at = WindowStart::from_seconds(at).context("a second of our time")?;
    let (campaign, value) = (format!("cmp-{:04}", n % CAMPAIGNS), i64::try_from(n)?);
    let mut line = Line::new(Measurement::Campaign.name(), at)
        .tag("campaign_id", &campaign)
        .tag("advertiser_id", "adv-01")
        .tag("shard", "0");
    for (index, field) in (0..).zip(Measurement::Campaign.fields()) {
        line = match field.kind {
            FieldKind::Integer => line.integer(field.name, value * 7 + index),
            FieldKind::Boolean => line.boolean(field.name, true),
        };
    }
    Ok(EncodedPoint::new(line, Revision(u64::try_from(n)?))?)
}
