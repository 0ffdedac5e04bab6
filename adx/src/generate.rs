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
    println!("{} (seed {})", args.out.display(), settings.seed);
    println!(
        "  impressions          {:>12} records  {:>14} bytes",
        summary.impressions.records, summary.impressions.bytes
    );
    println!("  clicks, conversions  {:>12} records  {:>14} bytes", summary.clicks.records, summary.clicks.bytes);
    println!("  bid requests         {:>12} records  {:>14} bytes", summary.bids.records, summary.bids.bytes);
    println!("  campaigns.csv        {:>12} rows", summary.catalogue_rows);
    Ok(Ending::Done)
}
