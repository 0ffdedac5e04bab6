//! Builds everything and runs the operator's program.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::setup;
use crate::workspace::{Workspace, run};

/// Runs `adx` with the arguments; its exit code is the demo's.
pub fn run_adx(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    setup::run()?;
    run(&mut workspace.cargo_all("build"))?;
    let adx = workspace.program("adx");
    let status = Command::new(&adx).args(args).status().with_context(|| format!("start {}", adx.display()))?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
