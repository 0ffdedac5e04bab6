//! What a run is to do: the arguments checked once, the catalogue read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adx_correlation::{CONVERSION_TYPES, Catalogue};
use adx_events::offset::{Partition, PartitionCount};
use adx_events::time::{Millis, SECOND_MS};
use anyhow::{Context, bail, ensure};

use super::choice;
use super::servers::Choice;
use crate::cli::{PARTITIONS_MAX, RunArgs, millis};

/// State of all shards at most, bytes; a run that needs more stops and says so.
const STATE_BYTES_MAX: u64 = 12 << 30;
/// A window longer than this is a slip of the hand.
const SPAN_MAX: Duration = Duration::from_secs(366 * 86_400);

/// A run, ready to start.
#[derive(Debug)]
pub struct Plan {
    pub input: PathBuf,
    pub out: PathBuf,
    pub catalogue: Arc<Catalogue>,
    pub correlation: adx_correlation::Settings,
    pub currency: String,
    pub servers: Choice,
}

impl Plan {
    /// Checks everything that can be refused before anything is started.
    pub fn of(args: RunArgs) -> anyhow::Result<Self> {
        let servers = choice(&args)?;
        // Only --clean does without them.
        let (input, out) = args.input.zip(args.out).context("--input and --out are needed: name two directories")?;
        ensure!(
            input.is_dir(),
            "no directory {}: --input names a directory with campaigns.csv, impressions/, clicks/, bids/",
            input.display()
        );
        ensure!(!args.currency.is_empty(), "--currency is empty: give the reporting currency, for example USD");
        let window = span("--window", args.window)?;
        ensure!(window.0 > 0 && window.0 % SECOND_MS == 0, "--window is whole seconds, one at least");
        let partitions = partitions(args.partitions);
        let correlation = adx_correlation::Settings {
            click_window: span("--click-window", args.attribution.click_window)?,
            conversion_window: span("--conversion-window", args.attribution.conversion_window)?,
            view_window: span("--view-window", args.attribution.view_window)?,
            window,
            partition: Partition(0),
            partitions,
            conversion_types: CONVERSION_TYPES.map(str::to_owned).to_vec(),
            exchanges: args.exchanges,
            state_bytes_max: STATE_BYTES_MAX,
        };
        let catalogue = Arc::new(catalogue(&input.join("campaigns.csv"))?);
        std::fs::create_dir_all(&out).with_context(|| {
            format!("make the directory {} for the results: name one with --out that can be written", out.display())
        })?;
        Ok(Self { input, out, catalogue, correlation, currency: args.currency, servers })
    }
}

fn span(option: &str, span: Duration) -> anyhow::Result<Millis> {
    if span > SPAN_MAX {
        bail!("{option} is over a year: give a shorter span, for example 7d");
    }
    Ok(millis(span))
}

fn partitions(wanted: Option<u32>) -> PartitionCount {
    let cores = || std::thread::available_parallelism().map_or(1, |n| n.get().min(PARTITIONS_MAX as usize) as u32);
    wanted.or_else(|| Some(cores())).and_then(PartitionCount::new).unwrap_or(PartitionCount::ONE)
}

fn catalogue(path: &Path) -> anyhow::Result<Catalogue> {
    let data = std::fs::read(path).with_context(|| {
        format!("read the catalogue {}: --input names a directory that holds a file campaigns.csv", path.display())
    })?;
    Catalogue::parse(&data)
        .with_context(|| format!("the catalogue {} is refused: mend it and run again", path.display()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn exchanges(words: &[&str]) -> Result<Vec<String>, clap::Error> {
        let (input, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(input.path().join("campaigns.csv"), "ad_creative_id,campaign_id,advertiser_id\n").unwrap();
        let dirs = ["--input".as_ref(), input.path().as_os_str(), "--out".as_ref(), out.path().as_os_str()];
        let words = words.iter().map(std::ffi::OsStr::new);
        let cli = Cli::try_parse_from(["adx", "run"].map(std::ffi::OsStr::new).into_iter().chain(dirs).chain(words))?;
        let Command::Run(args) = cli.command else { panic!("no run") };
        Ok(Plan::of(args).unwrap().correlation.exchanges)
    }

    #[test]
    fn the_list_of_exchanges_reaches_the_shards() {
        assert_eq!(exchanges(&[]).unwrap(), [""; 0]);
        let listed = exchanges(&["--exchanges", "adx-1,a b", "--exchanges", "x"]).unwrap();
        assert_eq!(listed, ["adx-1", "a b", "x"]);
        for bad in ["", "a,,b", "a\\", "a\tb"] {
            let refused = exchanges(&["--exchanges", bad]).unwrap_err().to_string();
            assert!(refused.contains("1 to 64 characters"), "{bad:?}: {refused}");
        }
    }
}
