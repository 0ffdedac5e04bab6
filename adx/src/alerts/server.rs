//! Checks, endpoints and notification rules of an InfluxDB: lists them, makes them as declared, forces them to run.

use std::collections::BTreeMap;
use std::time::Duration;

use adx_alerts::{Buckets, Change, Flights, Found, Kind, Object, Plan, SecretSource, Secrets, zone_text};
use adx_influx::{Call, InfluxClient, InfluxError};
use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

/// The most that InfluxDB tells at a time.
const PAGE: usize = 100;
/// More objects than this are no set of ours.
const OBJECTS_MAX: usize = 10_000;
const POLL: Duration = Duration::from_millis(50);
/// A run takes a second; a receiver that says nothing costs it half a minute.
const RUN_WITHIN: Duration = Duration::from_secs(120);

/// An InfluxDB.
pub struct Server {
    pub client: InfluxClient,
}

/// Ids of the tasks behind checks and notification rules, by the names of these.
pub type Tasks = BTreeMap<String, String>;

impl Server {
    pub fn new(client: InfluxClient) -> Self {
        Self { client }
    }

    /// Everything of the kinds that rules are made of.
    pub async fn find(&self) -> anyhow::Result<Vec<Found>> {
        let org = self.client.org_id().await?;
        let mut all = Vec::new();
        for kind in Kind::ALL {
            all.extend(self.list(kind, &org).await.with_context(|| format!("list every {kind}"))?);
        }
        Ok(all)
    }

    async fn list(&self, kind: Kind, org: &str) -> anyhow::Result<Vec<Found>> {
        let mut found = Vec::new();
        loop {
            let page = Call::get(kind.path()).with("orgID", org).with("limit", PAGE.to_string());
            let page = page.with("offset", found.len().to_string());
            let answer = self.client.call("list alert objects", &page).await?;
            let items = answer[kind.list_key()].as_array().with_context(|| format!("a list of every {kind}"))?;
            found.extend(items.iter().filter_map(|body| object(kind, body)));
            if items.len() < PAGE {
                return Ok(found);
            }
            ensure!(found.len() < OBJECTS_MAX, "there are more than {OBJECTS_MAX} objects of kind {kind}");
        }
    }

    /// Carries a plan out, and tells of each change once it is made. Run again after a failure, it goes on where it was.
    pub async fn make(
        &self,
        plan: &Plan<'_>,
        found: &[Found],
        secrets: &Secrets,
        mut made: impl FnMut(&Change<'_>),
    ) -> anyhow::Result<()> {
        let org = self.client.org_id().await?;
        let named = |found: &Found| (found.kind == Kind::Endpoint).then(|| (found.name.clone(), found.id.clone()));
        // The first of a name is the one that stays.
        let mut endpoints: BTreeMap<String, String> = found.iter().rev().filter_map(named).collect();
        for change in &plan.changes {
            let body = |object: &Object| {
                let endpoint = object.endpoint.as_ref().and_then(|name| endpoints.get(name));
                let body = object.request(&org, endpoint.map(String::as_str), secrets);
                body.with_context(|| format!("the secret or endpoint of {} is not known", object.name))
            };
            let call = match change {
                Change::Create { object } => Call::post(object.kind.path(), body(object)?),
                Change::Update { id, object, .. } => Call::put(format!("{}/{id}", object.kind.path()), body(object)?),
                Change::Delete { kind, id, .. } => Call::delete(format!("{}/{id}", kind.path())),
            };
            let answer = self.client.call("set up an alert object", &call).await.with_context(|| change.to_string())?;
            if let Change::Create { object } | Change::Update { object, .. } = change
                && object.kind == Kind::Endpoint
            {
                let id = answer["id"].as_str().context("the id of the endpoint")?;
                endpoints.insert(object.name.clone(), id.to_owned());
            }
            made(change);
        }
        Ok(())
    }

    /// Whether the server knows the time zones of a plan; a check with one that it does not would fail at every run.
    pub async fn check_zones(&self, flights: &Flights) -> anyhow::Result<()> {
        for zone in flights.zones() {
            let known = self.client.rows(&zone_text(zone), |_| Ok(())).await;
            known.with_context(|| format!("the plan's time zone {zone:?} is not one that the server knows"))?;
        }
        Ok(())
    }

    /// Whether the buckets are there: without one every run of a check would fail.
    pub async fn check_buckets(&self, buckets: &Buckets) -> anyhow::Result<()> {
        let there = self.client.bucket_names().await.context("list buckets")?;
        for bucket in buckets.all() {
            ensure!(
                there.iter().any(|name| name == bucket),
                "there is no bucket {bucket:?}: make it (`adx influx init`), or set `bucket`, `hours_bucket`, `days_bucket` and `quality_bucket` in the alert configuration"
            );
        }
        Ok(())
    }

    /// The tasks behind checks and rules whose names begin so, by those names.
    pub async fn tasks(&self, prefix: &str) -> anyhow::Result<Tasks> {
        let found = self.find().await?;
        let tasks = found.iter().filter(|found| found.name.starts_with(prefix) && found.kind != Kind::Endpoint);
        tasks.map(|found| Ok((found.name.clone(), task_of(found)?))).collect()
    }

    /// Runs a task as of a time, in whole seconds since the epoch; says whether it succeeded, else what its log says.
    pub async fn force(&self, task: &str, at_s: i64) -> anyhow::Result<Result<(), String>> {
        let runs = format!("/api/v2/tasks/{task}/runs");
        let body = json!({"scheduledFor": rfc3339(at_s)?});
        let run = self.client.call("force a run", &Call::post(runs.as_str(), body)).await?;
        let id = run["id"].as_str().context("the id of a run")?;
        let look = Call::get(format!("{runs}/{id}"));
        let ended = async {
            loop {
                match self.client.call("look at a run", &look).await {
                    Ok(run) => match run["status"].as_str() {
                        Some("success") => return Ok(Ok(())),
                        Some("failed" | "canceled") => return Ok(Err(log_of(&run))),
                        _ => {}
                    },
                    // Between its end and its record InfluxDB does not know it.
                    Err(InfluxError::NotFound { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
                tokio::time::sleep(POLL).await;
            }
        };
        match tokio::time::timeout(RUN_WITHIN, ended).await {
            Ok(ended) => ended,
            Err(_) => bail!("a run of task {task} has not ended for {} s", RUN_WITHIN.as_secs()),
        }
    }
}

fn object(kind: Kind, body: &Value) -> Option<Found> {
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    Some(Found { kind, id: text("id")?, name: text("name")?, body: body.clone() })
}

fn task_of(found: &Found) -> anyhow::Result<String> {
    let id = found.body["taskID"].as_str().with_context(|| format!("the task of {} {}", found.kind, found.name))?;
    Ok(id.to_owned())
}

/// What a run says of itself, but for its whole text.
fn log_of(run: &Value) -> String {
    let lines = run["log"].as_array().into_iter().flatten().filter_map(|line| line["message"].as_str());
    lines.filter(|line| !line.starts_with("Started task from script")).collect::<Vec<_>>().join("; ")
}

/// Whole seconds, as the API takes them.
fn rfc3339(at_s: i64) -> anyhow::Result<String> {
    let at = adx_events::time::WindowStart::from_seconds(at_s).context("a time within range")?;
    Ok(format!("{}Z", &at.to_string()[..19]))
}

/// Reads a secret from where it is; says where when it is not there, never what it is.
pub(super) fn read_secret(source: &SecretSource) -> anyhow::Result<String> {
    let text = match source {
        SecretSource::File(file) => {
            std::fs::read_to_string(file).with_context(|| format!("read a secret from {source}"))?
        }
        SecretSource::Variable(name) => std::env::var(name).with_context(|| format!("take a secret from {source}"))?,
    };
    let text = text.trim();
    ensure!(!text.is_empty(), "{source} holds no secret");
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds() {
        assert_eq!(rfc3339(1_772_323_260).unwrap(), "2026-03-01T00:01:00Z");
    }

    #[test]
    fn a_secret_that_is_not_there_is_named_by_its_place() {
        let missing = read_secret(&SecretSource::Variable("ADX_TEST_NO_SUCH_VARIABLE".into())).unwrap_err();
        assert_eq!(missing.to_string(), "take a secret from variable ADX_TEST_NO_SUCH_VARIABLE");
        let file = tempfile::NamedTempFile::new().unwrap();
        let source = SecretSource::File(file.path().into());
        assert!(read_secret(&source).unwrap_err().to_string().ends_with("holds no secret"));
        std::fs::write(file.path(), "s3cret\n").unwrap();
        assert_eq!(read_secret(&source).unwrap(), "s3cret");
    }
}
