//! Measures: builds everything and starts `adx-bench`, kept out of the tests.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::demo::{build, exit_code};
use crate::workspace::Workspace;

/// Its exit code is the program's.
pub fn bench(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    build(workspace)?;
    let program = workspace.program("adx-bench");
    let mut bench = Command::new(&program);
    bench.arg("--dir").arg(workspace.target_dir().join("bench")).args(args);
    let status = bench.status().with_context(|| format!("start {}", program.display()))?;
    Ok(exit_code(status))
}
