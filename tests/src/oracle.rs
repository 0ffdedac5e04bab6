//! Asks `oracle.py` for the exact answer; one Python process answers for many directories.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use crate::expected::{Expected, ExpectedError};

/// Lengths of the attribution windows, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    pub click_s: u64,
    pub conversion_s: u64,
    pub view_s: u64,
}

impl Spans {
    /// What the kept `expected.json` files were computed with: 30 min, 24 h and 2 h.
    pub const SHORT: Spans = Spans { click_s: 1_800, conversion_s: 86_400, view_s: 7_200 };
    /// The defaults of `adx run`: 24 h, 7 d and 24 h.
    pub const DEFAULT: Spans = Spans { click_s: 86_400, conversion_s: 604_800, view_s: 86_400 };
}

#[derive(Debug, thiserror::Error)]
pub enum OracleError {
    #[error("start python3 for the oracle (install Python 3.11 or later)")]
    NoPython { source: io::Error },
    #[error("talk to the oracle about \"{}\"", dir.display())]
    Talk { dir: PathBuf, source: io::Error },
    #[error("the oracle refused \"{}\": {why}", dir.display())]
    Refused { dir: PathBuf, why: String },
    #[error("the oracle failed on \"{}\": {trace}", dir.display())]
    Crashed { dir: PathBuf, trace: String },
    #[error("read the oracle's answer about \"{}\"", dir.display())]
    Answer { dir: PathBuf, source: ExpectedError },
}

/// A running oracle. It ends with its input.
pub struct Oracle {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    pub fn start() -> Result<Self, OracleError> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle_server.py");
        let started = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.map_err(|source| OracleError::NoPython { source })?;
        let missing = || OracleError::NoPython { source: io::Error::other("no pipe to the process") };
        let requests = Some(process.stdin.take().ok_or_else(missing)?);
        let answers = BufReader::new(process.stdout.take().ok_or_else(missing)?);
        Ok(Self { process, requests, answers })
    }

    /// The exact answer for an input directory, in USD.
    pub fn judge(&mut self, dir: &Path, spans: Spans) -> Result<Expected, OracleError> {
        let dir = dir.to_owned();
        let answer = match self.ask(&dir, spans) {
            Ok(answer) => answer,
            Err(source) => return Err(OracleError::Talk { dir, source }),
        };
        if let Some(why) = answer["refused"].as_str() {
            return Err(OracleError::Refused { dir, why: why.to_owned() });
        }
        if let Some(trace) = answer["crashed"].as_str() {
            return Err(OracleError::Crashed { dir, trace: trace.to_owned() });
        }
        Expected::from_json(&answer["expected"]).map_err(|source| OracleError::Answer { dir, source })
    }

    fn ask(&mut self, dir: &Path, spans: Spans) -> io::Result<Value> {
        let Spans { click_s, conversion_s, view_s } = spans;
        let request = json!({ "dir": dir, "click_s": click_s, "conversion_s": conversion_s, "view_s": view_s });
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(requests, "{request}")?;
        requests.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        drop(self.requests.take());
        // It has no more input and ends by itself; its exit code says nothing that an answer did not.
        let _ = self.process.wait();
    }
}

/// The answer of the oracle that all tests of a process share, or none where there is no Python (which is said once, on stderr).
pub fn judge(dir: &Path, spans: Spans) -> Option<Result<Expected, OracleError>> {
    static SHARED: OnceLock<Option<Mutex<Oracle>>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| match Oracle::start() {
        Ok(oracle) => Some(Mutex::new(oracle)),
        Err(error) => {
            eprintln!("SKIPPED where the oracle is needed: {error}; CI has it");
            None
        }
    });
    let mut oracle = shared.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
    Some(oracle.judge(dir, spans))
}
