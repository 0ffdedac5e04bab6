//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Measure the parts of the pipeline, and the whole, in events a second and CPU seconds a million events.
///
/// Every figure is the median of several runs, with the least and the greatest. Other work on the machine stretches events a second;
/// CPU seconds hardly. Rows named `query` ask an influxd of their own, where INFLUXD names the program; it is not part of their CPU seconds.
/// With ADX_BENCH_MINUTES set they ask every minute of the week, too, ten million points, which take some minutes to load.
/// Example: cargo xtask bench decode chain --small
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 120, args_override_self = true)]
pub struct Cli {
    /// Rows to measure, by any part of their names; all when none is given. `profile` is where `adx run` spends its time.
    #[arg(value_name = "ROW")]
    pub rows: Vec<String>,
    /// Runs of each row.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,
    /// A tenth of the data.
    #[arg(long)]
    pub small: bool,
    /// Say which rows there are.
    #[arg(long)]
    pub list: bool,
    /// Write the figures to this file, too.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Where the generated data are kept from one time to the next, and results are written.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    pub dir: PathBuf,
    /// The program that is measured as a whole [default: `adx` beside this one].
    #[arg(long, value_name = "PROGRAM")]
    pub adx: Option<PathBuf>,
}
