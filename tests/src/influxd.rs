//! A real influxd for tests: named by `ADX_INFLUX_URL`, or started from the program that `INFLUXD` names or the path holds.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use adx_influx::{InfluxClient, InfluxError, InfluxTarget, RetryLimits};

/// Names a running server that is set up; `INFLUX_TOKEN` holds a token with all rights, `INFLUX_ORG` the organization.
pub const URL: &str = "ADX_INFLUX_URL";
/// Names the program.
pub const PROGRAM: &str = "INFLUXD";

const ORG: &str = "advertisex";
const TOKEN: &str = "token-of-these-tests";
/// A start takes a second or two, much longer on a machine that stalls.
const LIMITS: RetryLimits = RetryLimits { backoff_ms_min: 50, backoff_ms_max: 500, give_up_after_ms: 120_000 };

/// A server that ends with this value, or one that was there and stays.
pub struct Influxd {
    url: String,
    org: String,
    token: String,
    own: Option<Own>,
}

/// A server of ours: its process, its data, how it was started.
struct Own {
    process: Child,
    program: PathBuf,
    port: u16,
    dir: tempfile::TempDir,
    scheduler: Scheduler,
}

/// Whether tasks and checks run by themselves, or only when they are forced to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduler {
    Running,
    Silent,
}

impl Influxd {
    /// A server, set up; `None`, and a word about it, where there is none to be had.
    pub async fn start(what: &str, scheduler: Scheduler) -> Option<Self> {
        let server = match std::env::var(URL) {
            Ok(url) => Self::named(url),
            Err(_) => match program() {
                Some(program) => Self::launch(program, scheduler),
                None => {
                    eprintln!("SKIPPED: {what} on a real influxd: neither {URL} nor {PROGRAM} names one");
                    return None;
                }
            },
        };
        eprintln!("{what}: on the real influxd at {}", server.url);
        server.set_up().await.expect("a server that can be set up");
        Some(server)
    }

    /// Whether [`Influxd::start_own`] finds a program.
    pub fn is_to_be_had() -> bool {
        program().is_some()
    }

    /// As [`Influxd::start`], always a server of its own that may be killed.
    pub async fn start_own(what: &str, scheduler: Scheduler) -> Option<Self> {
        let Some(program) = program() else {
            eprintln!("SKIPPED: {what} on a real influxd: {PROGRAM} names no program");
            return None;
        };
        let server = Self::launch(program, scheduler);
        server.set_up().await.expect("a server that can be set up");
        Some(server)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn org(&self) -> &str {
        &self.org
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// A client for one bucket.
    pub fn client(&self, bucket: &str) -> InfluxClient {
        InfluxClient::new(self.target(bucket), LIMITS).expect("a url of the form http://HOST:PORT")
    }

    pub fn target(&self, bucket: &str) -> InfluxTarget {
        InfluxTarget { url: self.url.clone(), org: self.org.clone(), bucket: bucket.into(), token: self.token.clone() }
    }

    /// Kills a server of ours as a crash would; its data stays.
    pub fn kill(&mut self) {
        let own = self.own.as_mut().expect("a server that the test started");
        own.process.kill().expect("a process that can be killed");
        own.process.wait().expect("a process that ends");
    }

    /// Starts a server that was killed on the same data and port.
    pub fn restart(&mut self) {
        let own = self.own.as_mut().expect("a server that the test started");
        own.process = spawn(&own.program, own.port, own.dir.path(), own.scheduler).expect("a program that starts");
    }

    async fn set_up(&self) -> Result<(), InfluxError> {
        let client = self.client("first");
        client.wait_ready().await?;
        if self.own.is_some() {
            client.ensure_set_up("tests", "password-of-these-tests").await?;
        }
        Ok(())
    }

    fn named(url: String) -> Self {
        let org = std::env::var("INFLUX_ORG").unwrap_or_else(|_| ORG.into());
        let token = std::env::var("INFLUX_TOKEN").expect("INFLUX_TOKEN with the token of ADX_INFLUX_URL");
        Self { url, org, token, own: None }
    }

    fn launch(program: PathBuf, scheduler: Scheduler) -> Self {
        let dir = tempfile::tempdir().expect("a directory for its data");
        let port = free_port().expect("a free port on loopback");
        let process = spawn(&program, port, dir.path(), scheduler).expect("a program that starts");
        let own = Some(Own { process, program, port, dir, scheduler });
        Self { url: format!("http://127.0.0.1:{port}"), org: ORG.into(), token: TOKEN.into(), own }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(PROGRAM) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join("influxd")).find(|program| program.is_file() && is_v2(program))
}

/// The 1.x of some distributions has the same name, and another command line; a build without a release has no number.
fn is_v2(program: &Path) -> bool {
    let output = Command::new(program).arg("version").output();
    output.is_ok_and(|output| {
        let told = String::from_utf8_lossy(&output.stdout);
        told.starts_with("InfluxDB ") && !told.starts_with("InfluxDB v1")
    })
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn spawn(program: &Path, port: u16, dir: &Path, scheduler: Scheduler) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.arg("--http-bind-address").arg(format!("127.0.0.1:{port}"));
    command.arg("--bolt-path").arg(dir.join("bolt")).arg("--sqlite-path").arg(dir.join("sqlite"));
    command.arg("--engine-path").arg(dir.join("engine"));
    command.args(["--reporting-disabled", "--ui-disabled", "--pprof-disabled", "--log-level", "error"]);
    if scheduler == Scheduler::Silent {
        command.arg("--no-tasks");
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}
