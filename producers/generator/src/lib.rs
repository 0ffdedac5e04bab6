//! Makes an input directory of generated ad traffic, with the faults that real traffic has.
//!
//! It emits events only and knows no answer: what the pipeline has to make of them is said elsewhere. Equal settings give equal bytes.

mod catalogue;
mod codec;
mod container;
mod datum;
mod delays;
mod dice;
mod event;
mod lines;
mod pace;
mod parts;
mod popularity;
mod rows;
mod settings;
mod share;
mod text;
mod traffic;
mod visit;
mod writers;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use codec::{Codec, CodecError};
pub use pace::Clock;
pub use settings::{Settings, SettingsError};
pub use share::{Share, ShareError};

use catalogue::Catalogue;
use pace::Pace;
use traffic::Traffic;
use writers::Writers;

/// Events between two calls of the progress function.
const PROGRESS_EVERY: u64 = 65_536;

/// What was written: records of one topic, copies and malformed ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    pub records: u64,
    pub bytes: u64,
}

/// What a finished directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    pub impressions: Written,
    pub clicks: Written,
    pub bids: Written,
    /// Rows of `campaigns.csv`.
    pub catalogue_rows: u64,
}

impl Summary {
    /// Records of all topics.
    pub fn records(&self) -> u64 {
        self.impressions.records + self.clicks.records + self.bids.records
    }
}

/// How far a run is: impressions and bids made so far, of those asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// Why there is no complete directory.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error("settings of the generated input")]
    Settings(#[from] SettingsError),
    #[error("the output directory \"{}\" is not empty: name another, or empty it", path.display())]
    NotEmpty { path: PathBuf },
    #[error("write the generated input \"{}\"", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl GenerateError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Writes the directory `out` (contract.md, Inputs): `campaigns.csv`, `impressions/part-*.jsonl`, `clicks/part-*.csv` and
/// `bids/part-*.avro`. Memory is bounded by the settings: 8 bytes per user, 16 per creative, and
/// what is still to click or convert. `out` is made where it is missing and must be empty.
pub fn generate(settings: &Settings, out: &Path, progress: impl FnMut(Progress)) -> Result<Summary, GenerateError> {
    write(settings, out, None, progress)
}

/// Writes the same records as they happen: none before its time by the clock, each at most a tenth of a second after it where the machine keeps up.
pub fn generate_live(
    settings: &Settings,
    out: &Path,
    clock: &mut dyn Clock,
    progress: impl FnMut(Progress),
) -> Result<Summary, GenerateError> {
    write(settings, out, Some(clock), progress)
}

fn write(
    settings: &Settings,
    out: &Path,
    mut clock: Option<&mut dyn Clock>,
    mut progress: impl FnMut(Progress),
) -> Result<Summary, GenerateError> {
    settings.check()?;
    make_empty(out)?;
    let catalogue = Catalogue::new(settings);
    let file = out.join("campaigns.csv");
    fs::write(&file, catalogue.csv()).map_err(GenerateError::io(&file))?;
    let mut writers = Writers::open(settings, out)?;
    let mut traffic = Traffic::new(settings, &catalogue);
    let total = settings.impressions + settings.bids;
    let (mut events, mut pace) = (0u64, Pace::new(settings.start.as_ms()));
    while let Some(event) = traffic.next() {
        if let Some(clock) = &mut clock
            && let Some(end_of_tick) = pace.wait_before(traffic.due_ms())
        {
            writers.flush()?;
            progress(Progress { done: traffic.made(), total });
            clock.wait_until(end_of_tick);
        }
        writers.write(&event)?;
        events += 1;
        if events.is_multiple_of(PROGRESS_EVERY) {
            progress(Progress { done: traffic.made(), total });
        }
    }
    let summary = Summary { catalogue_rows: catalogue.row_count(), ..writers.finish()? };
    progress(Progress { done: total, total });
    Ok(summary)
}

fn make_empty(out: &Path) -> Result<(), GenerateError> {
    fs::create_dir_all(out).map_err(GenerateError::io(out))?;
    match fs::read_dir(out).map_err(GenerateError::io(out))?.next() {
        None => Ok(()),
        Some(_) => Err(GenerateError::NotEmpty { path: out.to_owned() }),
    }
}
