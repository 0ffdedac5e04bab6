//! `adx run`: the whole pipeline over a directory, once, on the local stand-ins.

pub mod pipeline;
pub mod plan;
mod results;
mod summary;

use std::io::Write;

use anyhow::Context;

use crate::cli::RunArgs;
use crate::ending::{Ending, Failure};
use crate::progress::Bar;
use plan::Plan;

/// Prints to stdout; a reader that has gone away is no failure.
pub fn print_all(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

pub fn main(args: RunArgs) -> Result<Ending, Failure> {
    let plan = Plan::of(args).map_err(Failure::Configuration)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let started = std::time::Instant::now();
    let bar = Bar::open("starting the local stand-ins");
    let finished = runtime.block_on(pipeline::run(&plan, &bar));
    bar.finish();
    let finished = finished?;
    print_all(&summary::table(&finished, &plan.out, started.elapsed()))
        .context("print the closing table; the results are written")?;
    for problem in finished.problems() {
        eprintln!("{problem}");
    }
    Ok(finished.ending())
}
