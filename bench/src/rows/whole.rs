//! `adx run` over the whole input, as a program of its own.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use adx_events::topic::Topic;
use anyhow::{Context as _, Result, ensure};

use super::{Row, Run};
use crate::context::Context;
use crate::measure::Sample;
use crate::usage;

/// The row's name.
pub const NAME: &str = "run";
/// Partitions of every topic; fixed, so that figures of two machines can be compared.
pub const PARTITIONS: u32 = 2;

pub fn rows() -> Vec<Row> {
    vec![Row::events(NAME.to_owned(), whole)]
}

fn whole(context: &Context) -> Result<Run<'_>> {
    Ok(Box::new(move || {
        let said = context.dir.join("run.log");
        let file = File::create(&said).with_context(|| format!("write {}", said.display()))?;
        let mut program = command(context);
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let (started, own) = (Instant::now(), usage::own()?);
        let child = program.spawn().with_context(|| format!("start {}", context.adx.display()))?;
        let (status, usage) = usage::wait(child).context("wait for adx run")?;
        let wall = started.elapsed();
        ensure!(status.success(), "adx run ended with {status}, see {}", said.display());
        // A child begins as a copy of this process, which its peak then stands for.
        let peak_bytes = (usage.peak_bytes > own.peak_bytes).then_some(usage.peak_bytes);
        Ok(Sample { count: records_read(context)?.iter().sum(), wall, cpu: usage.cpu, peak_bytes })
    }))
}

/// The call that is measured.
pub fn command(context: &Context) -> Command {
    let mut program = Command::new(&context.adx);
    program.arg("run").arg("--input").arg(context.input.dir()).arg("--out").arg(out(context));
    program.args(["--partitions", &PARTITIONS.to_string()]);
    program
}

/// Where the results of the last run lie.
fn out(context: &Context) -> PathBuf {
    context.dir.join("out")
}

/// What the ledger of the last run says was read, in the order of [`Topic::ALL`].
pub fn records_read(context: &Context) -> Result<[u64; Topic::ALL.len()]> {
    let path = out(context).join("ledger.json");
    let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    let ledger: serde_json::Value =
        serde_json::from_slice(&text).with_context(|| format!("understand {}", path.display()))?;
    let read = |topic: Topic| ledger[topic.input()]["read"].as_u64().context("a ledger names what was read");
    let [impressions, clicks, bids] = Topic::ALL.map(read);
    Ok([impressions?, clicks?, bids?])
}
