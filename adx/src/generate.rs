//! `adx generate`: makes an input directory of generated traffic.

use anyhow::Context;

use crate::cli::GenerateArgs;
use crate::ending::{Ending, Failure};
use crate::progress::Bar;

pub fn main(args: GenerateArgs) -> Result<Ending, Failure> {
    let settings = args.settings();
    settings.check().context("settings of the generated input").map_err(Failure::Configuration)?;
    let bar = Bar::of(settings.impressions + settings.bids, "generating");
    let summary = adx_generator::generate(&settings, &args.out, |progress| bar.set(progress.done))
        .with_context(|| format!("generate {}", args.out.display()))?;
    bar.finish();
    let mut text = format!("{} (seed {})\n", args.out.display(), settings.seed);
    for (name, written) in
        [("impressions", summary.impressions), ("clicks, conversions", summary.clicks), ("bid requests", summary.bids)]
    {
        text += &format!("  {name:<20} {:>12} records  {:>14} bytes\n", written.records, written.bytes);
    }
    text += &format!("  {:<20} {:>12} rows\n", "campaigns.csv", summary.catalogue_rows);
    crate::run::print_all(&text).context("print what was generated; it is written")?;
    Ok(Ending::Done)
}
