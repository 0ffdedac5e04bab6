//! `adx-bench`: parses, measures, prints; `cargo xtask bench` builds everything and starts it.

use std::process::ExitCode;

use adx_bench::cli::Cli;
use clap::Parser;

fn main() -> ExitCode {
    adx_bench::main(&Cli::parse())
}
