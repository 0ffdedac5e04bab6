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
use std::path::Path;

use anyhow::{Context, ensure};

use crate::cli::RunArgs;
use crate::ending::{Ending, Failure};
use crate::progress::Bar;
use plan::Plan;
use servers::Choice;
pub(crate) use servers::InfluxAccess;

/// Where the token of InfluxDB is where no file is named: an argument would be seen by everyone on the machine.
pub(crate) const TOKEN_VARIABLE: &str = "INFLUX_TOKEN";

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
    let access = |url: &String| -> anyhow::Result<InfluxAccess> {
        let token = influx_token(args.influx_token_file.as_deref())?;
        let access = InfluxAccess { url: url.clone(), org: args.influx_org.clone(), token };
        access.clone().client("", std::time::Duration::ZERO).context("--influx-url cannot be used").map(|_| access)
    };
    let influx = args.influx_url.as_ref().map(access).transpose()?;
    Ok(Choice { cluster, influx, keep: args.keep })
}

pub(crate) fn influx_token(file: Option<&Path>) -> anyhow::Result<String> {
    let token = match file {
        Some(file) => std::fs::read_to_string(file).with_context(|| {
            format!("read the token of InfluxDB from {}, as --influx-token-file says", file.display())
        })?,
        None => std::env::var(TOKEN_VARIABLE).unwrap_or_default(),
    };
    let token = token.trim();
    ensure!(!token.is_empty(), "no token for InfluxDB: give one by --influx-token-file or in {TOKEN_VARIABLE}");
    Ok(token.to_owned())
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
