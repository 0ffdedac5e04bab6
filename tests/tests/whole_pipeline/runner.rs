//! Runs `adx run` in this process, with the arguments a user gives.

use std::path::Path;

use adx::cli::Cli;
use adx::ending::{Ending, Failure};
use adx_tests::expected::Expected;
use adx_tests::oracle::Spans;
use clap::Parser;
use proptest::test_runner::Config;

/// The exit code, and the failure's text if there was one.
#[derive(Debug)]
pub struct Exit {
    pub code: u8,
    pub error: String,
}

/// So many random inputs, a hundred times as many in the long form; a run takes about a second, so shrinking is bounded.
pub fn cases(short: u32) -> Config {
    let cases = if std::env::var_os("ADX_SOAK").is_some() { short * 100 } else { short };
    Config { cases, max_shrink_iters: 40, ..Config::default() }
}

/// Runs with the given arguments behind `adx`.
pub fn adx(args: &[&str]) -> Exit {
    let cli = Cli::try_parse_from([&["adx"], args].concat()).unwrap();
    let ended = adx::execute(cli);
    let error = match &ended {
        Ok(Ending::Done | Ending::ReadInPart | Ending::Differs | Ending::Unbalanced) => String::new(),
        Err(Failure::Configuration(error) | Failure::Failed(error)) => format!("{error:#}"),
    };
    Exit { code: Ending::code(&ended), error }
}

/// The arguments of a run.
pub fn run_args(input: &Path, out: &Path, spans: Spans, partitions: u32) -> Vec<String> {
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let seconds = |seconds: u64| format!("{seconds}s");
    vec![
        "run".into(),
        "--input".into(),
        path(input),
        "--out".into(),
        path(out),
        "--click-window".into(),
        seconds(spans.click_s),
        "--conversion-window".into(),
        seconds(spans.conversion_s),
        "--view-window".into(),
        seconds(spans.view_s),
        "--partitions".into(),
        partitions.to_string(),
    ]
}

/// Runs over a directory.
pub fn run(input: &Path, out: &Path, spans: Spans, partitions: u32) -> Exit {
    let args = run_args(input, out, spans, partitions);
    adx(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Runs over a directory, and compares everything written with the answer.
pub fn assert_exact(input: &Path, spans: Spans, partitions: u32, expected: &Expected, what: &str) {
    let out = tempfile::tempdir().unwrap();
    let exit = run(input, out.path(), spans, partitions);
    assert_eq!((exit.code, exit.error.as_str()), (0, ""), "{what}");
    assert_agrees(out.path(), expected, what);
}

/// Compares everything written with the answer.
pub fn assert_agrees(out: &Path, expected: &Expected, what: &str) {
    let differences = adx_tests::compare::Output::read(out).unwrap().differences(expected);
    assert!(differences.is_empty(), "{what}:\n{differences}");
}
