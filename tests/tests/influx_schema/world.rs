//! A real influxd with a prefix of the test's own, and the ways to ask it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use adx::cli::Cli;
use adx::ending::{Ending, Failure};
use adx_events::time::{EventTime, Millis};
use adx_influx::{Call, InfluxClient, InfluxError};
use adx_queries::{Buckets, Purpose};
use adx_tests::influxd::{Influxd, Scheduler};
use clap::Parser;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A row by column.
pub type Record = BTreeMap<String, String>;

pub struct World {
    runtime: Runtime,
    influxd: Influxd,
    pub buckets: Buckets,
    org: String,
    token: PathBuf,
    _dir: tempfile::TempDir,
}

impl World {
    /// None, and a word about it, where there is no influxd. Tasks run when they are forced to.
    pub fn start(what: &str) -> Option<Self> {
        let runtime = Runtime::new().unwrap();
        let influxd = runtime.block_on(Influxd::start(what, Scheduler::Silent))?;
        let prefix = format!("test-{}-{what}", std::process::id());
        let dir = tempfile::tempdir().unwrap();
        let token = dir.path().join("token");
        std::fs::write(&token, influxd.token()).unwrap();
        let org = runtime.block_on(influxd.client("").org_id()).unwrap();
        Some(Self { runtime, influxd, buckets: Buckets::of(&prefix).unwrap(), org, token, _dir: dir })
    }

    /// The exit code of a command, and the failure's text if there was one.
    pub fn adx(&self, words: &[&str]) -> (u8, String) {
        let ended = adx::execute(self.parsed(words));
        let error = match &ended {
            Ok(Ending::Done | Ending::ReadInPart | Ending::Differs | Ending::Unbalanced) => String::new(),
            Err(Failure::Configuration(error) | Failure::Failed(error)) => format!("{error:#}"),
        };
        (Ending::code(&ended), error)
    }

    /// What a report prints at a time.
    pub fn report(&self, words: &[&str], now: EventTime) -> String {
        let adx::cli::Command::Report(args) = self.parsed(&[&["report"], words].concat()).command else {
            panic!("no report")
        };
        match self.runtime.block_on(adx::report::report(&args, now)) {
            Ok(text) => text,
            Err(Failure::Configuration(error) | Failure::Failed(error)) => panic!("{words:?}: {error:#}"),
        }
    }

    fn parsed(&self, words: &[&str]) -> Cli {
        let token = self.token.to_str().unwrap();
        let server =
            ["--influx-url", self.influxd.url(), "--influx-token-file", token, "--influx-org", self.influxd.org()];
        let named = [&["adx"], words, &server, &["--prefix", self.buckets.prefix()]].concat();
        Cli::try_parse_from(named).unwrap()
    }

    pub fn client(&self, purpose: Purpose) -> InfluxClient {
        self.influxd.client(&self.buckets.name(purpose))
    }

    pub fn write(&self, purpose: Purpose, lines: String) {
        self.runtime.block_on(self.client(purpose).write(lines.into())).unwrap();
    }

    pub fn call(&self, call: &Call) -> Value {
        self.runtime.block_on(self.client(Purpose::Windows).call("test", call)).unwrap()
    }

    pub fn rows(&self, flux: &str) -> Vec<Record> {
        let mut rows = Vec::new();
        let each = |row: adx_influx::Row<'_>| {
            let filled = row.cells().filter(|cell| !cell.text.is_empty());
            rows.push(filled.map(|cell| (cell.label.to_owned(), cell.text.to_owned())).collect());
            Ok(())
        };
        let client = self.client(Purpose::Windows);
        self.runtime.block_on(client.rows(flux, each)).unwrap_or_else(|error| panic!("{error:?}\n{flux}"));
        rows
    }

    /// As [`World::rows`], each column named with its type, empty ones too.
    pub fn annotated_rows(&self, flux: &str) -> Vec<Record> {
        let mut rows = Vec::new();
        let each = |row: adx_influx::Row<'_>| {
            rows.push(
                row.cells().map(|cell| (format!("{} {}", cell.label, cell.datatype), cell.text.to_owned())).collect(),
            );
            Ok(())
        };
        self.runtime.block_on(self.client(Purpose::Windows).rows(flux, each)).unwrap();
        rows
    }

    /// The tasks of the prefix, by name.
    pub fn tasks(&self) -> BTreeMap<String, Value> {
        let listed = self.call(&Call::get("/api/v2/tasks").with("orgID", &self.org).with("limit", "500"));
        self.of_prefix(&listed["tasks"])
    }

    /// The dashboards of the prefix, by name, with their cells.
    pub fn dashboards(&self) -> BTreeMap<String, Value> {
        let listed = self.call(&Call::get("/api/v2/dashboards").with("orgID", &self.org).with("limit", "100"));
        self.of_prefix(&listed["dashboards"])
    }

    pub fn stacks(&self) -> BTreeMap<String, Value> {
        let listed = self.call(&Call::get("/api/v2/stacks").with("orgID", &self.org));
        let newest = |stack: &Value| {
            let events = stack["events"].as_array().unwrap();
            (events[events.len() - 1]["name"].as_str().unwrap().to_owned(), stack.clone())
        };
        listed["stacks"].as_array().unwrap().iter().map(newest).filter(|(name, _)| self.is_own(name)).collect()
    }

    pub fn bucket(&self, purpose: Purpose) -> Value {
        let name = self.buckets.name(purpose);
        self.call(&Call::get("/api/v2/buckets").with("orgID", &self.org).with("name", name))["buckets"][0].clone()
    }

    pub fn org(&self) -> &str {
        &self.org
    }

    fn of_prefix(&self, list: &Value) -> BTreeMap<String, Value> {
        let named =
            list.as_array().unwrap().iter().map(|object| (object["name"].as_str().unwrap().to_owned(), object.clone()));
        named.filter(|(name, _)| self.is_own(name)).collect()
    }

    fn is_own(&self, name: &str) -> bool {
        name.contains(self.buckets.prefix())
    }

    /// Runs a task as if it were that time, and waits until it is through.
    pub fn force(&self, task: &str, at: EventTime) {
        let task = &self.tasks()[&format!("{}: {task}", self.buckets.prefix())];
        let runs = format!("/api/v2/tasks/{}/runs", task["id"].as_str().unwrap());
        let scheduled = json!({ "scheduledFor": format!("{}Z", &at.to_string()[..19]) });
        let run = self.call(&Call::post(&runs, scheduled));
        let path = format!("{runs}/{}", run["id"].as_str().unwrap());
        let client = self.client(Purpose::Windows);
        self.runtime.block_on(async {
            loop {
                // It is nowhere for a moment, on its way from those that run to those that ran.
                let run = match client.call("test", &Call::get(&path)).await {
                    Err(InfluxError::NotFound { .. }) => Value::Null,
                    answered => answered.unwrap(),
                };
                match run["status"].as_str() {
                    Some("success") => return,
                    Some("failed" | "canceled") => panic!("{run:#}"),
                    // Its end is told by nothing but the answer to this question.
                    _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                }
            }
        });
    }
}

impl Drop for World {
    /// A server that was there before keeps nothing of the test.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for stack in self.stacks().values() {
            self.call(
                &Call::delete(format!("/api/v2/stacks/{}", stack["id"].as_str().unwrap())).with("orgID", &self.org),
            );
        }
        for purpose in Purpose::ALL {
            self.runtime.block_on(self.client(purpose).delete_bucket()).unwrap();
        }
    }
}

/// The start of the UTC day `days` ago: within every retention, and before what any task would do by itself.
#[allow(clippy::disallowed_methods, reason = "a real server drops what is older than its own clock allows")]
pub fn day(days: i64) -> EventTime {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let ms = i64::try_from(now.as_millis()).unwrap();
    let day = adx_events::time::DAY_MS;
    EventTime::from_ms((ms / day - days) * day).unwrap()
}

pub fn after(at: EventTime, ms: i64) -> EventTime {
    EventTime::from_ms(at.minus(Millis(-ms))).unwrap()
}
