//! `adx generate`: makes an input directory of generated traffic, at once or as it happens.

use std::path::Path;
use std::time::{Duration, Instant};

use adx_events::time::{EventTime, Millis};
use adx_generator::{Clock, GenerateError, Settings, Summary};
use anyhow::Context;
use tokio::runtime::Runtime;

use crate::cli::generate::GenerateArgs;
use crate::ending::{Ending, Failure};
use crate::progress::Bar;

pub fn main(args: GenerateArgs) -> Result<Ending, Failure> {
    let settings = args.settings(now());
    let began = Instant::now();
    let summary = write(&args, &settings)?;
    crate::run::print_all(&told(&args.out, &settings, &summary, began.elapsed()))
        .context("print what was generated; it is written")?;
    Ok(Ending::Done)
}

fn write(args: &GenerateArgs, settings: &Settings) -> Result<Summary, Failure> {
    let bar = Bar::of(settings.impressions + settings.bids, "generating");
    let progress = |progress: adx_generator::Progress| bar.set(progress.done);
    let written = if args.live {
        let mut clock = WallClock::start().context("start a timer")?;
        adx_generator::generate_live(settings, &args.out, &mut clock, progress)
    } else {
        adx_generator::generate(settings, &args.out, progress)
    };
    bar.finish();
    written.map_err(|error| failure(error, &args.out))
}

/// What was asked for and cannot be is wrong usage; nothing has been written then.
fn failure(error: GenerateError, out: &Path) -> Failure {
    match error {
        GenerateError::Settings(_) | GenerateError::NotEmpty { .. } => Failure::Configuration(error.into()),
        GenerateError::Io { .. } => {
            Failure::Failed(anyhow::Error::from(error).context(format!("generate {}", out.display())))
        }
    }
}

fn told(out: &Path, settings: &Settings, summary: &Summary, passed: Duration) -> String {
    let mut text = format!("{} (seed {}, from {})\n", out.display(), settings.seed, settings.start);
    for (name, written) in
        [("impressions", summary.impressions), ("clicks, conversions", summary.clicks), ("bid requests", summary.bids)]
    {
        text += &format!("  {name:<20} {:>12} records  {:>14} bytes\n", written.records, written.bytes);
    }
    text += &format!("  {:<20} {:>12} rows\n", "campaigns.csv", summary.catalogue_rows);
    let seconds = passed.as_secs_f64();
    text + &format!("  written in {seconds:.1} s, {:.0} records/s\n", summary.records() as f64 / seconds.max(1e-9))
}

#[expect(
    clippy::disallowed_methods,
    reason = "live traffic begins now; the time is told, so that it can be made again"
)]
fn now() -> EventTime {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    EventTime::from_ms(crate::cli::millis(since_epoch).0).unwrap_or(EventTime::MIN)
}

/// Time as it passes here.
struct WallClock {
    began: Instant,
    timer: Runtime,
}

impl WallClock {
    fn start() -> std::io::Result<Self> {
        let timer = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        Ok(Self { began: Instant::now(), timer })
    }
}

impl Clock for WallClock {
    fn wait_until(&mut self, since_start: Millis) {
        let until = self.began + Duration::from_millis(since_start.0.unsigned_abs());
        // Made inside, where the timer is known.
        self.timer.block_on(async { tokio::time::sleep_until(until.into()).await });
    }
}
