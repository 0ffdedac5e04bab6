//! Calls of cargo on this workspace, all with one selection of packages, so that the features of dependencies never differ and each is compiled once.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

const SELECTION: [&str; 2] = ["--workspace", "--all-targets"];

/// This clone.
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Where cargo runs this program from, not where it was compiled.
    pub fn find() -> Result<Self> {
        let manifest_dir =
            env::var_os("CARGO_MANIFEST_DIR").context("find the workspace: start this as `cargo xtask`")?;
        let root = Path::new(&manifest_dir).join("..");
        let root = root.canonicalize().with_context(|| format!("find the workspace at {}", root.display()))?;
        Ok(Self { root })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where finished programs appear.
    pub fn target_dir(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), |dir| self.root.join(dir))
    }

    /// A call of cargo with one subcommand.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_this_program(name)) {
            cargo.env_remove(name);
        }
        if let Some(dir) = env::var_os("CARGO_TARGET_DIR").filter(|_| env::var_os("CARGO_BUILD_BUILD_DIR").is_none()) {
            cargo.env("CARGO_BUILD_BUILD_DIR", dir); // who names a place for artefacts means all of them
        }
        cargo.current_dir(&self.root).arg(subcommand);
        cargo
    }

    /// As [`Workspace::cargo`], for every target of every package.
    pub fn cargo_all(&self, subcommand: &str) -> Command {
        let mut cargo = self.cargo(subcommand);
        cargo.args(SELECTION);
        cargo
    }

    /// A program of the workspace, once built.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target_dir().join("debug").join(name)
    }
}

/// What `cargo run` sets for this program would make build scripts that ask for it run again.
fn is_of_this_program(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy();
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|prefix| name.starts_with(prefix))
}

/// Runs a command to its end with this program's own input and output.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("start {}", command.get_program().display()))?;
    let args: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    ensure!(status.success(), "{} {} ended with {status}", command.get_program().display(), args.join(" "));
    Ok(())
}
