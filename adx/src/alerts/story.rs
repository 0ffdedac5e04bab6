//! A scenario on a server: builds its set, tells it step by step, and removes what it made.

use std::collections::BTreeSet;

use adx_alerts::{Address, Answer, Buckets, Config, Declared, Place, Plan, Scenario, Secrets, Step};
use adx_influx::InfluxClient;
use anyhow::{Context, bail};
use serde_json::Value;

use super::receiver::Receiver;
use super::server::{Server, Tasks};
use crate::access::InfluxAccess;
use crate::cli::alerts::TestArgs;
use crate::run::name::random_hex;

const DAY_S: i64 = 86_400;
const DAYS_AGO: i64 = 4;

/// A scenario ready to be told.
pub struct Stage {
    scenario: Scenario,
    server: Server,
    buckets: Vec<InfluxClient>,
    receiver: Receiver,
    /// By name.
    tasks: Tasks,
    /// Its minute 0, seconds since the epoch.
    zero_s: i64,
}

/// What came of a scenario.
#[derive(Debug, Clone)]
pub struct Told {
    pub name: &'static str,
    pub steps: Vec<StepTold>,
}

/// What came of a step.
#[derive(Debug, Clone)]
pub struct StepTold {
    pub says: &'static str,
    pub alerts: Vec<Alert>,
    /// What should have come and did not, or came and should not.
    pub wrong: Vec<String>,
}

/// A notification as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alert {
    pub endpoint: String,
    pub check: String,
    pub series: String,
    pub level: String,
    pub message: String,
}

impl Alert {
    fn key(&self) -> [&str; 4] {
        [&self.endpoint, &self.check, &self.series, &self.level]
    }
}

impl Told {
    pub fn is_right(&self) -> bool {
        self.steps.iter().all(|step| step.wrong.is_empty())
    }
}

impl Stage {
    /// Makes buckets and objects of the scenario's own.
    pub async fn build(
        access: &InfluxAccess,
        args: &TestArgs,
        mut scenario: Scenario,
        zero_s: i64,
    ) -> anyhow::Result<Self> {
        let name = format!("adx-test-{}", random_hex::<6>().context("draw a name for the scenario")?);
        let receiver = Receiver::listen(args.listen).await?;
        dress(&mut scenario.config, &name, &receiver);
        let client = |bucket: &str| access.client(bucket, args.server.wait);
        let names = &scenario.config.buckets;
        let (server, buckets) = (Server::new(client(&names.windows)?), names.all().map(client));
        let buckets = buckets.into_iter().collect::<Result<_, _>>()?;
        let mut stage = Self { scenario, server, buckets, receiver, tasks: Tasks::new(), zero_s };
        match stage.set_up(&name).await {
            Ok(()) => Ok(stage),
            Err(error) => both(Err(error), stage.remove().await),
        }
    }

    async fn set_up(&mut self, name: &str) -> anyhow::Result<()> {
        for bucket in &self.buckets {
            bucket.ensure_bucket(None).await.context("make a bucket for the scenario")?;
        }
        let declared = Declared::of(&self.scenario.config);
        self.server.make(&Plan::of(&declared, &[]), &[], &Secrets::new(), |_| ()).await?;
        self.tasks = self.server.tasks(&format!("{name} ")).await?;
        Ok(())
    }

    /// All steps, in order; a check that fails to run is an error, an alert that is missing is told.
    pub async fn tell(&self) -> anyhow::Result<Told> {
        let mut steps = Vec::new();
        for step in &self.scenario.steps {
            let alerts = self.step(step).await.with_context(|| format!("{}: {}", self.scenario.name, step.says))?;
            steps.push(StepTold { says: step.says, wrong: wrong(step, &alerts), alerts });
        }
        Ok(Told { name: self.scenario.name, steps })
    }

    async fn step(&self, step: &Step) -> anyhow::Result<Vec<Alert>> {
        let [windows, .., quality] = self.buckets.as_slice() else { bail!("a scenario without buckets") };
        for (place, client) in [(Place::Windows, windows), (Place::Quality, quality)] {
            let lines = step.lines.iter().filter(|line| line.place == place).map(|line| line.text(self.zero_s));
            client.write(lines.collect::<String>().into()).await.context("write the points of the scenario")?;
        }
        let (at_s, every_s) = (self.zero_s + step.at * 60, self.every_s()?);
        for check in &step.checks {
            let task = self.task(check)?;
            if let Err(log) = self.server.force(task, at_s).await? {
                bail!("check {check} failed: {log}");
            }
        }
        self.receiver.answer(step.answer);
        for endpoint in &self.scenario.config.endpoints {
            let ended = self.server.force(self.task(&format!("to {}", endpoint.name))?, at_s + every_s).await?;
            // A run whose receiver says nothing fails.
            if let (Err(log), Answer::Taken | Answer::Status(_)) = (ended, step.answer) {
                bail!("the notification rule of {} failed: {log}", endpoint.name);
            }
        }
        let name = &self.scenario.config.name;
        // Where the server's own scheduler runs too, its runs are of now.
        let of_step = |body: &Value| body["_status_timestamp"].as_i64() == Some(at_s * 1_000_000_000);
        let taken = self.receiver.take().into_iter().filter(|(_, body)| of_step(body));
        taken.map(|(endpoint, body)| alert(name, endpoint, &body)).collect()
    }

    fn task(&self, ending: &str) -> anyhow::Result<&str> {
        let name = format!("{} {ending}", self.scenario.config.name);
        self.tasks.get(&name).map(String::as_str).with_context(|| format!("the task of {name}"))
    }

    fn every_s(&self) -> anyhow::Result<i64> {
        Ok(i64::try_from(self.scenario.config.every.as_seconds())?)
    }

    /// Removes objects and buckets, as much as can be; the first failure is told.
    pub async fn remove(&self) -> anyhow::Result<()> {
        let mut removed = self.remove_objects().await;
        for client in &self.buckets {
            let gone = client.delete_bucket().await.context("remove a bucket of the scenario");
            removed = removed.and(gone.map(drop));
        }
        removed
    }

    async fn remove_objects(&self) -> anyhow::Result<()> {
        let nothing = Declared { name: self.scenario.config.name.clone(), objects: Vec::new() };
        let found = self.server.find().await?;
        self.server.make(&Plan::of(&nothing, &found), &found, &Secrets::new(), |_| ()).await
    }
}

/// What was done, then the removal of what it needed: both failures are told of.
pub fn both<T>(done: anyhow::Result<T>, removed: anyhow::Result<()>) -> anyhow::Result<T> {
    match (done, removed) {
        (done, Ok(())) => done,
        (Ok(_), Err(left)) => {
            Err(left.context("remove what the scenario made: remove objects and buckets named adx-test-… yourself"))
        }
        (Err(error), Err(left)) => {
            Err(error.context(format!("objects or buckets named adx-test-… are left, remove them yourself: {left:#}")))
        }
    }
}

/// Names, buckets and receivers of its own.
fn dress(config: &mut Config, name: &str, receiver: &Receiver) {
    config.name = name.to_owned();
    let bucket = |ending| format!("{name}{ending}");
    config.buckets =
        Buckets { windows: bucket(""), hours: bucket("_1h"), days: bucket("_1d"), quality: bucket("_quality") };
    for endpoint in &mut config.endpoints {
        endpoint.receiver =
            adx_alerts::Receiver::Http { url: Address::Plain(receiver.url(&endpoint.name)), token: None };
    }
}

/// Noon of a day before yesterday's: stories last two days, and InfluxDB keeps statuses for seven.
pub fn noon_of_some_days_ago() -> anyhow::Result<i64> {
    #[allow(clippy::disallowed_methods)] // a scenario's points must lie within InfluxDB's retention of today
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).context("a clock past 1970")?;
    let now_s = i64::try_from(now.as_secs())?;
    Ok(now_s - now_s.rem_euclid(DAY_S) - DAYS_AGO * DAY_S + DAY_S / 2)
}

fn alert(name: &str, endpoint: String, body: &Value) -> anyhow::Result<Alert> {
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    let series = ["campaign_id", "instance", "edge", "receiver", "task", "buckets"].into_iter().find_map(text);
    let read = || -> Option<Alert> {
        let check = text("_check_name")?.strip_prefix(name)?.trim_start().to_owned();
        // A name of the scenario's own is told without it.
        let series = series.map(|series| series.strip_prefix(name).unwrap_or(&series).to_owned())?;
        Some(Alert { endpoint, check, series, level: text("_level")?, message: text("_message")? })
    };
    read().with_context(|| format!("a notification with check, series, level and message, not {body}"))
}

/// Each alert that is expected came once, and no other did.
fn wrong(step: &Step, alerts: &[Alert]) -> Vec<String> {
    let mut left: Vec<&Alert> = alerts.iter().collect();
    let mut wrong = Vec::new();
    for expected in &step.expected {
        let key = [expected.endpoint, expected.check, expected.series, expected.level];
        let fits = |alert: &&Alert| alert.key() == key && alert.message.contains(expected.says);
        match left.iter().position(fits) {
            Some(index) => drop(left.swap_remove(index)),
            None => wrong.push(format!(
                "missing: {} {} {}: …{}…",
                expected.check, expected.series, expected.level, expected.says
            )),
        }
    }
    let unasked = left
        .iter()
        .map(|alert| format!("unexpected: {} {} {}: {}", alert.check, alert.series, alert.level, alert.message));
    wrong.extend(unasked.collect::<BTreeSet<_>>());
    wrong
}

#[cfg(test)]
mod tests {
    use adx_alerts::Expected;

    use super::*;

    fn alert(series: &str, message: &str) -> Alert {
        let [endpoint, check, series, level] = ["ops", "pace-over", series, "crit"].map(str::to_owned);
        Alert { endpoint, check, series, level, message: message.to_owned() }
    }

    #[test]
    fn no_failure_is_lost() {
        let failed = |what: &'static str| -> anyhow::Result<()> { Err(anyhow::anyhow!(what)) };
        assert!(both(Ok(()), Ok(())).is_ok());
        for (done, removed, told) in [
            (failed("story"), Ok(()), vec!["story"]),
            (Ok(()), failed("bucket"), vec!["bucket"]),
            (failed("story"), failed("bucket"), vec!["story", "bucket", "adx-test-"]),
        ] {
            let error = format!("{:#}", both(done, removed).unwrap_err());
            assert!(told.iter().all(|part| error.contains(part)), "{error}");
        }
    }

    #[test]
    fn each_expected_alert_comes_once_and_no_other() {
        let expected = Expected { endpoint: "ops", check: "pace-over", series: "a", level: "crit", says: "more" };
        let step = Step { expected: vec![expected], ..Step::default() };
        for (alerts, count) in [
            (vec![alert("a", "spends more")], 0),
            (vec![], 1),
            (vec![alert("a", "spends less")], 2),
            (vec![alert("b", "spends more")], 2),
            (vec![alert("a", "spends more"), alert("a", "spends more")], 1),
            (vec![Alert { level: "ok".into(), ..alert("a", "spends more") }], 2),
        ] {
            assert_eq!(wrong(&step, &alerts).len(), count, "{alerts:?}");
        }
    }

    #[test]
    fn the_table_tells_each_alert_and_what_is_wrong() {
        let steps = vec![
            StepTold { says: "noon", alerts: vec![alert("a", "spends more")], wrong: vec![] },
            StepTold { says: "later", alerts: vec![], wrong: vec!["missing: pace-over a ok: …back…".to_owned()] },
            StepTold { says: "over", alerts: vec![], wrong: vec![] },
        ];
        let table = super::super::report::table(&[Told { name: "pace-over", steps }]);
        let expected = "WRONG pace-over\n    noon\n        crit to ops: spends more\n    later\n        ! missing: pace-over a ok: …back…\n    over\n        silent\n\n1 scenarios, 1 wrong\n";
        assert_eq!(table, expected);
    }
}
