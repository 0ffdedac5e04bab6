//! The program: chooses rows, runs them one after the other, tells what they took.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::Cli;
use crate::context::Context;
use crate::input::{Input, Size};
use crate::measure::Figure;
use crate::perf;
use crate::profile::{Share, Whole, shares};
use crate::report::Report;
use crate::rows::{self, Row, is_asked_for};

/// What is no row: where `adx run` spends its time, by `perf`.
const PROFILE: &str = "profile";

/// Does as the command line says.
pub fn main(cli: &Cli) -> ExitCode {
    let rows = rows::all();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).chain([PROFILE]).collect();
    if let Some(word) = asks_for_nothing(&names, &cli.rows) {
        eprintln!("error: no row has \"{word}\" in its name: --list says which there are");
        return ExitCode::from(2);
    }
    let done = if cli.list { print(&(names.join("\n") + "\n")) } else { measure(cli, &rows) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The first word that is in no name.
fn asks_for_nothing<'a>(names: &[&str], words: &'a [String]) -> Option<&'a str> {
    words.iter().map(String::as_str).find(|word| !names.iter().any(|name| name.contains(word)))
}

fn measure(cli: &Cli, rows: &[Row]) -> Result<()> {
    let size = if cli.small { Size::Small } else { Size::Full };
    let bar = bar();
    bar.set_message("generating the input, once");
    fs::create_dir_all(&cli.dir).with_context(|| format!("make {}", cli.dir.display()))?;
    let input = Input::find_or_make(&cli.dir, size, &bar)?;
    let context = Context::new(input, adx(cli)?, cli.dir.clone())?;
    let asked: Vec<&Row> = rows.iter().filter(|row| is_asked_for(&row.name, &cli.rows)).collect();
    bar.set_length(asked.len() as u64 * u64::from(cli.runs));
    bar.set_position(0);
    let figures = asked.iter().map(|row| figure(row, &context, cli.runs, &bar));
    let figures = figures.collect::<Result<Vec<_>>>()?;
    let shares = shares_of_whole(&context, &figures)?;
    let report = Report { size, figures, shares };
    if let Some(path) = &cli.json {
        let text = serde_json::to_vec_pretty(&report).context("write the figures as JSON")?;
        fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
    }
    let profile = if is_asked_for(PROFILE, &cli.rows) { sampled(&context, &bar)? } else { String::new() };
    bar.finish_and_clear();
    print(&(report.text() + &profile))
}

fn figure(row: &Row, context: &Context, runs: u32, bar: &ProgressBar) -> Result<Figure> {
    let during = || format!("measure the row \"{}\"", row.name);
    bar.set_message(row.name.clone());
    let mut run = row.prepare(context).with_context(during)?;
    let mut samples = Vec::new();
    for _ in 0..runs {
        samples.push(run().with_context(during)?);
        bar.inc(1);
    }
    Figure::of(&row.name, row.unit, &samples).with_context(during)
}

/// What the parts of the run take of the whole.
fn shares_of_whole(context: &Context, figures: &[Figure]) -> Result<Option<Vec<Share>>> {
    let Some(whole) = figures.iter().find(|figure| figure.row == rows::WHOLE) else { return Ok(None) };
    let read = rows::records_read(context)?;
    let cpu_seconds = whole.cpu_seconds.median * read.iter().sum::<u64>() as f64 / 1e6;
    Ok(shares(Whole { cpu_seconds, read, partitions: rows::PARTITIONS.into(), figures }))
}

fn sampled(context: &Context, bar: &ProgressBar) -> Result<String> {
    bar.set_message("adx run under perf");
    let profiled = perf::profile(&rows::whole_command(context), &context.dir.join("perf.data"))?;
    Ok(match profiled {
        Some(text) => format!("\nadx run as perf samples it\n{text}"),
        None => "\nno profile of adx run by function: perf is not installed\n".to_owned(),
    })
}

/// The program to measure as a whole.
fn adx(cli: &Cli) -> Result<PathBuf> {
    let beside = || Ok(std::env::current_exe().context("find this program")?.with_file_name("adx"));
    cli.adx.clone().map_or_else(beside, Ok)
}

/// Progress, on a terminal only.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Prints to stdout; a reader that has gone away is no failure.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("print the table"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory as _, Parser as _};

    #[test]
    fn the_command_line_is_sound_and_a_word_that_names_no_row_is_told() {
        Cli::command().debug_assert();
        let names = ["run", "decode bids wasm", PROFILE];
        let word = |args: &[&str]| {
            let cli = Cli::parse_from([&["adx-bench", "--runs", "7"], args].concat());
            asks_for_nothing(&names, &cli.rows).map(str::to_owned)
        };
        assert_eq!((word(&[]), word(&["bids", "prof"])), (None, None));
        assert_eq!(word(&["run", "nonsense"]), Some("nonsense".to_owned()));
    }
}
