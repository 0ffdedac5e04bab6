//! Generated traffic through the whole pipeline, for a first look.

use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result};

use crate::setup;
use crate::workspace::{Workspace, run};

/// Set-up and build of everything; the programs are then in the target directory.
pub fn build(workspace: &Workspace) -> Result<()> {
    setup::run()?;
    run(&mut workspace.cargo_all("build"))
}

/// Generates an input and runs the pipeline over it, saying what a person would type. Its exit code is the run's.
pub fn demo(workspace: &Workspace) -> Result<ExitCode> {
    build(workspace)?;
    let dir = workspace.target_dir().join("demo");
    if dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| format!("remove the last demo in {}", dir.display()))?;
    }
    let (input, out) = (dir.join("input"), dir.join("out"));
    let made = adx(workspace, &["generate", "--out", &text(&input)])?;
    if made != ExitCode::SUCCESS {
        return Ok(made);
    }
    adx(workspace, &["run", "--input", &text(&input), "--out", &text(&out)])
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn adx(workspace: &Workspace, args: &[&str]) -> Result<ExitCode> {
    let adx = workspace.program("adx");
    println!("\n$ adx {}", args.join(" "));
    let status = Command::new(&adx).args(args).status().with_context(|| format!("start {}", adx.display()))?;
    Ok(exit_code(status))
}

/// A program's exit code as this one's own; 1 where it was ended.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
