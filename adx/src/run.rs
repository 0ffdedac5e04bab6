//! `adx run`: the whole pipeline over a directory, once, on the local stand-ins or on real servers.

mod leftovers;
mod logs;
pub(crate) mod name;
pub mod pipeline;
pub mod plan;
mod results;
mod servers;
mod summary;

use std::io::Write;

use anyhow::Context;

use crate::access::InfluxAccess;
use crate::cli::RunArgs;
use crate::ending::{Ending, Failure};
use crate::progress::Bar;
use plan::Plan;
use servers::Choice;

/// Prints to stdout; a reader that has gone away is no failure.
pub fn print_all(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The servers that the arguments name.
fn choice(args: &RunArgs) -> anyhow::Result<Choice> {
    let cluster = match args.cluster.is_given() {
        true => Some(args.cluster.resolve().context("find the cluster")?),
        false => None,
    };
    let access = |url: &String| InfluxAccess::of(url, &args.influx_org, args.influx_token_file.as_deref());
    let influx = args.influx_url.as_ref().map(access).transpose()?;
    Ok(Choice { cluster, influx, keep: args.keep })
}

pub fn main(args: RunArgs) -> Result<Ending, Failure> {
    if args.clean {
        return leftovers::clean(&args);
    }
    let plan = Plan::of(args).map_err(Failure::Configuration)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let started = std::time::Instant::now();
    let bar = Bar::open("preparing the servers");
    let finished = runtime.block_on(Box::pin(pipeline::run(&plan, &bar)));
    bar.finish();
    let finished = finished?;
    print_all(&summary::table(&finished, &plan.out, started.elapsed()))
        .context("print the closing table; the results are written")?;
    for problem in finished.problems() {
        eprintln!("{problem}");
    }
    Ok(finished.ending())
}
