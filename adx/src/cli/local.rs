//! The arguments of `adx local`.

use std::path::PathBuf;

use clap::Args;

/// Run the local stand-ins of Fluvio and InfluxDB alone, for the stock `fluvio` CLI and for development.
///
/// They listen on 127.0.0.1 only, and run until Ctrl-C or SIGTERM. The token of InfluxDB is that of the variable INFLUX_TOKEN, else a fresh one
/// that is printed.
/// Example: adx local --data ./local-data
#[derive(Debug, Args)]
pub struct LocalArgs {
    /// Directory in which Fluvio keeps topics, SmartModules, records and consumer offsets; made if it is not there [default: in memory].
    /// InfluxDB is always in memory.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Port of Fluvio's SC, the address that clients are given; 0 takes any free one. The SPU takes 9010, or where that is taken any free one.
    #[arg(long, value_name = "PORT", default_value_t = 9003)]
    pub port: u16,
    /// Port of InfluxDB; 0 takes any free one.
    #[arg(long, value_name = "PORT", default_value_t = 8086)]
    pub influx_port: u16,
}
