//! Parses and type-checks Flux texts with InfluxData's own checker, which runs in Node.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

/// A Flux text and what to call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Script {
    pub name: String,
    pub text: String,
}

impl Script {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// A text that is given an option by whoever runs it: it stands behind the imports.
    pub fn with_option(name: impl Into<String>, option: &str, text: &str) -> Self {
        Self::new(name, with_option(option, text))
    }
}

/// The text with one more option, which stands behind the imports.
pub fn with_option(option: &str, text: &str) -> String {
    let imports = text.split_inclusive('\n').take_while(|line| line.starts_with("import ") || line.trim().is_empty());
    let (imports, rest) = text.split_at(imports.map(str::len).sum());
    format!("{imports}option {option}\n\n{rest}")
}

/// What the checker has against a script; nothing where it is sound.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Findings {
    pub name: String,
    pub messages: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum FluxError {
    #[error("run the flux checker: install Node.js 20 or newer, then run `cargo xtask setup`")]
    Absent { source: io::Error },
    #[error("the flux checker ended with {status}: {said} (`cargo xtask setup` installs it)")]
    Failed { status: std::process::ExitStatus, said: String },
    #[error("read the answer of the flux checker")]
    Answer { source: serde_json::Error },
}

/// Checks all scripts; every script has its findings, in the same order.
pub fn check(scripts: &[Script]) -> Result<Vec<Findings>, FluxError> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("flux/check.js");
    let absent = |source| FluxError::Absent { source };
    let mut node = Command::new("node");
    node.arg(program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut node = node.spawn().map_err(absent)?;
    let input = serde_json::to_vec(scripts).map_err(|source| FluxError::Answer { source })?;
    if let Some(mut stdin) = node.stdin.take() {
        // It reads all before it answers; one that ends early says why below.
        let _ = stdin.write_all(&input);
    }
    let output = node.wait_with_output().map_err(absent)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(FluxError::Failed { status: output.status, said });
    }
    serde_json::from_slice(&output.stdout).map_err(|source| FluxError::Answer { source })
}

/// Whether the checker is installed; says so once where it is not.
pub fn is_there() -> bool {
    let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("flux/node_modules/@influxdata/flux-lsp-node").is_dir();
    if !there {
        eprintln!(
            "SKIPPED where Flux is checked: `cargo xtask setup` installs the checker where Node.js is; CI has it"
        );
    }
    there
}
