//! Brings what is missing: the standard library for WebAssembly, from rustup where it can be reached, else from Debian; the checker of Flux texts.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::wasm_target::{TARGET, WasmTarget};
use crate::workspace::{self, Workspace};

/// Some networks let no packet through to where rustup downloads from, and rustup waits for long.
const RUSTUP_TIMEOUT: Duration = Duration::from_secs(20);
const NPM_TIMEOUT: Duration = Duration::from_secs(300);
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "lld"];

/// Installs what some tests need and nothing else; they say that they did not run where it is not there.
pub fn test_tools(workspace: &Workspace) {
    if has_flux_checker(workspace) {
        return;
    }
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]);
    match run_at_most(npm.current_dir(workspace.root().join("tests/flux")), NPM_TIMEOUT) {
        Ok(()) => println!("setup: the checker of Flux texts"),
        Err(err) => println!("setup: no checker of Flux texts, which needs Node.js with npm: {err:#}"),
    }
}

/// Whether InfluxData's checker of Flux texts is installed.
pub fn has_flux_checker(workspace: &Workspace) -> bool {
    workspace.root().join("tests/flux/node_modules/@influxdata/flux-lsp-node/package.json").is_file()
}

/// Leaves a machine that can build SmartModules, or says what to do by hand.
pub fn run() -> Result<()> {
    if let Ok(target) = find() {
        println!("setup: {target}");
        return Ok(());
    }
    println!("setup: no standard library for {TARGET}; asking rustup");
    let rustup = add_with_rustup();
    if let Err(err) = &rustup {
        println!("setup: {err:#}; asking Debian");
        add_with_apt().with_context(|| format!("no standard library for {TARGET}: {}", by_hand()))?;
    }
    let target = find().with_context(by_hand)?;
    println!("setup: {target}");
    Ok(())
}

fn find() -> Result<WasmTarget> {
    Ok(WasmTarget::find(env!("CARGO_PKG_RUST_VERSION"))?)
}

fn by_hand() -> String {
    let packages = DEBIAN_PACKAGES.join(" ");
    format!(
        "run `rustup target add {TARGET}`, or `rustup component add rust-src`, or as root `apt-get install {packages}`"
    )
}

fn add_with_rustup() -> Result<()> {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    run_at_most(&mut rustup, RUSTUP_TIMEOUT)
}

/// Runs a command and ends it when its time is over. Its end is seen by the end of its output.
fn run_at_most(command: &mut Command, limit: Duration) -> Result<()> {
    let program = command.get_program().display().to_string();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("start {program}"))?;
    let mut output = child.stdout.take().context("the output was piped")?;
    let (ended, end) = mpsc::channel();
    let reader = thread::spawn(move || {
        let _ = output.read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    let in_time = end.recv_timeout(limit).is_ok();
    if !in_time {
        child.kill().with_context(|| format!("end {program}"))?;
    }
    let status = child.wait().with_context(|| format!("wait for {program}"))?;
    if !in_time {
        bail!("{program} was not done after {} s", limit.as_secs());
    }
    reader.join().ok();
    if !status.success() {
        bail!("{program} ended with {status}");
    }
    Ok(())
}

fn add_with_apt() -> Result<()> {
    workspace::run(apt_get().arg("update"))?;
    // A package that takes the place of another toolchain's must not remove that.
    workspace::run(apt_get().args(["install", "--yes", "--no-install-recommends", "--no-remove"]).args(DEBIAN_PACKAGES))
}

fn apt_get() -> Command {
    let mut apt_get = Command::new("apt-get");
    apt_get.args(["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"]);
    apt_get.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    apt_get
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_ended_when_its_time_is_over() {
        let err = run_at_most(Command::new("sleep").arg("600"), Duration::from_millis(10)).unwrap_err();
        assert!(err.to_string().contains("was not done"), "{err}");
    }

    #[test]
    fn a_command_that_fails_is_an_error() {
        assert!(run_at_most(&mut Command::new("false"), RUSTUP_TIMEOUT).is_err());
        assert!(run_at_most(&mut Command::new("true"), RUSTUP_TIMEOUT).is_ok());
        assert!(run_at_most(&mut Command::new("no-such-program"), RUSTUP_TIMEOUT).is_err());
    }
}
