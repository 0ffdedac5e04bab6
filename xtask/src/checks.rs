//! All that must hold before a change is taken: format, lints, tests.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::setup;
use crate::workspace::{Workspace, run};

/// Runs every check, the quick ones first, and stops at the first that fails.
pub fn run_all(workspace: &Workspace) -> Result<()> {
    let started = Instant::now();
    step(started, "set-up");
    setup::run()?;
    setup::test_tools(workspace);
    step(started, "format");
    run(workspace.cargo("fmt").args(["--all", "--check"]))?;
    step(started, "lints");
    lint(workspace)?;
    step(started, "examples in the documentation");
    run(workspace.cargo("test").args(["--workspace", "--doc"]))?;
    step(started, "tests");
    run(&mut workspace.cargo_all("test"))?;
    for line in optional_parts(workspace) {
        println!("test: {line}");
    }
    step(started, "all passed");
    Ok(())
}

fn step(started: Instant, name: &str) {
    println!("test: {name} ({} s)", started.elapsed().as_secs());
}

/// The tests that campaigns are made of, at length: many random inputs, gigabytes through one module, 50 kills.
pub fn soak(workspace: &Workspace) -> Result<()> {
    setup::run()?;
    setup::test_tools(workspace);
    let mut tests = workspace.cargo_all("test");
    run(tests.env("ADX_SOAK", "1").env("PROPTEST_CASES", "2048"))
}

/// Clippy as the compiler of the workspace's own crates: dependencies are then those of the real build, where `cargo clippy` would check
/// every one of them once more. Own crates are compiled without optimisation here, only to be looked at.
fn lint(workspace: &Workspace) -> Result<()> {
    let mut build = workspace.cargo_all("build");
    build.arg("--keep-going"); // all findings at once
    build.env("RUSTC_WORKSPACE_WRAPPER", clippy_of_this_clone(workspace)?);
    build.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"); // as cargo-clippy hands its arguments on
    build.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0");
    run(&mut build)
}

/// Clippy under a path of this clone: cargo tells the artefacts of one wrapper from another's by its path, and those of clones not at all.
fn clippy_of_this_clone(workspace: &Workspace) -> Result<PathBuf> {
    let clippy = program_in_path("clippy-driver").context("find clippy: run `rustup component add clippy`")?;
    let link = workspace.target_dir().join("clippy-driver");
    fs::create_dir_all(workspace.target_dir())
        .with_context(|| format!("create {}", workspace.target_dir().display()))?;
    let _ = fs::remove_file(&link);
    symlink(&clippy, &link).with_context(|| format!("link {} to {}", link.display(), clippy.display()))?;
    Ok(link)
}

fn program_in_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(name)).find(|program| program.is_file())
}

/// What of the tests depends on the machine, and whether it was there.
fn optional_parts(workspace: &Workspace) -> [String; 6] {
    let python = Command::new("python3").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let shared_data = workspace.root().join("../shared/data").is_dir();
    [
        part("python3", python.is_ok_and(|status| status.success()), "comparison with tests/oracle.py"),
        part("../shared/data", shared_data, "comparison with its expected answers"),
        part("tests/flux/node_modules", setup::has_flux_checker(workspace), "check of every Flux text"),
        part("influxdb 1.x", has_old_influxd(), "comparison with its parser and its merge rules"),
        match env::var("INFLUXD").or_else(|_| env::var("ADX_INFLUX_URL")) {
            Ok(influxd) => format!("the tests on a real influxd ran with {influxd}"),
            Err(_) => {
                "neither INFLUXD nor ADX_INFLUX_URL is set: the tests on a real influxd ran if one is in the path"
                    .to_owned()
            }
        },
        match env::var("ADX_FLUVIO") {
            Ok(cluster) => format!("the wire test ran against the cluster at {cluster}"),
            Err(_) => "ADX_FLUVIO names no cluster: the wire test ran against the local stand-in".to_owned(),
        },
    ]
}

/// Debian's package `influxdb`; the 2.x of others has the same name.
fn has_old_influxd() -> bool {
    let program = env::var_os("INFLUXD_V1").unwrap_or_else(|| "/usr/bin/influxd".into());
    let version = Command::new(program).arg("version").output();
    version.is_ok_and(|output| output.stdout.starts_with(b"InfluxDB v1"))
}

fn part(name: &str, is_there: bool, tests: &str) -> String {
    let (presence, verb) = if is_there { ("is there", "ran") } else { ("is not there", "did not run") };
    format!("{name} {presence}: the {tests} {verb}")
}
