//! `adx alerts apply` on a real influxd: what it makes, what it leaves, and that a second time changes nothing.

use std::net::SocketAddr;

use adx::alerts::receiver::Receiver;
use adx::alerts::server::Server;
use adx::ending::{Ending, Failure};
use adx_alerts::{Answer, Kind};
use adx_influx::Call;
use adx_tests::influxd::Influxd;
use serde_json::{Value, json};

use super::flux::PLAN;
use super::server::{alerts, config_file, start};

const ALL_KINDS: &str = "plan = 'plan.csv'\n[endpoints.ops]\nkind = 'http'\nurl = 'http://127.0.0.1:1/a'\n[endpoints.web]\nkind = 'http'\nurl = 'http://127.0.0.1:1/b'\ntoken_file = 'SECRET'\n\
    [endpoints.desk]\nkind = 'slack'\nurl_file = 'SECRET'\n[endpoints.on_call]\nkind = 'pagerduty'\nkey_file = 'SECRET'\n";

/// A server with a set of its own name, since tests share one that is named to them.
struct Bed {
    server: Influxd,
    dir: tempfile::TempDir,
    name: &'static str,
}

impl Bed {
    async fn start(what: &str, name: &'static str) -> Option<Self> {
        let server = start(what).await?;
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("plan.csv"), PLAN).expect("a file");
        std::fs::write(dir.path().join("secret"), "http://127.0.0.1:1/s3cret\n").expect("a file");
        let bed = Self { server, dir, name };
        bed.clean().await;
        for bucket in bed.buckets() {
            bed.server.client(&bucket).ensure_bucket(None).await.expect("a bucket");
        }
        Some(bed)
    }

    async fn clean(&self) {
        let server = Server::new(self.server.client("none"));
        for found in server.find().await.expect("a list").iter().rev().filter(|found| self.is_ours(&found.name)) {
            let call = Call::delete(format!("{}/{}", found.kind.path(), found.id));
            server.client.call("clean up", &call).await.expect("an object that can be removed");
        }
        for bucket in self.buckets() {
            self.server.client(&bucket).delete_bucket().await.expect("a bucket that can be removed");
        }
    }

    fn buckets(&self) -> [String; 4] {
        ["", "_1h", "_1d", "_quality"].map(|ending| format!("{}{ending}", self.name))
    }

    fn is_ours(&self, name: &str) -> bool {
        name.starts_with(&format!("{} ", self.name))
    }

    fn run(&self, command: &[&str], text: &str) -> Result<Ending, Failure> {
        let secret = self.dir.path().join("secret");
        let text = text.replace("SECRET", secret.to_str().expect("a path in utf-8"));
        let file = config_file(self.dir.path(), &format!("name = '{0}'\nbucket = '{0}'\n{text}", self.name));
        let command: Vec<&str> = command.iter().copied().chain(["--config", &file]).collect();
        // The command has a runtime of its own.
        tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| alerts(&self.server, self.dir.path(), &command)).join().expect("a thread that ends")
            })
        })
    }

    /// Names of the set's objects of a kind.
    async fn names(&self, kind: Kind) -> Vec<String> {
        let found = Server::new(self.server.client("none")).find().await.expect("a list");
        let ours = found.into_iter().filter(|found| found.kind == kind && self.is_ours(&found.name));
        let mut names: Vec<String> = ours.map(|found| found.name).collect();
        names.sort();
        names
    }
}

/// All rules off but those named.
fn rules_off(on: &[&str]) -> String {
    let off = adx_alerts::RULES.iter().filter(|rule| !on.contains(&rule.name));
    off.map(|rule| format!("[rules.{}]\noff = true\n", rule.name)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_time_changes_nothing() {
    let Some(bed) = Bed::start("apply twice", "adxtwice").await else { return };
    assert_eq!(bed.run(&["apply", "--dry-run"], ALL_KINDS).expect("a plan"), Ending::Differs);
    assert_eq!(bed.run(&["apply"], ALL_KINDS).expect("all that is declared"), Ending::Done);
    assert_eq!(bed.run(&["apply", "--dry-run"], ALL_KINDS).expect("a plan"), Ending::Done);
    let rules = ["desk", "on_call", "ops", "web"].map(|name| format!("adxtwice to {name}"));
    assert_eq!(bed.names(Kind::Rule).await, rules);
    assert_eq!(bed.names(Kind::Check).await.len(), adx_alerts::RULES.len() - 1 + 4);
    let at = now_s() / 60 * 60 - 3_600;
    // Every text that the server made of a rule is one that runs.
    let server = Server::new(bed.server.client("none"));
    for task in server.tasks("adxtwice ").await.expect("tasks").values() {
        assert_eq!(server.force(task, at).await.expect("a run"), Ok(()), "{task}");
    }
    assert_eq!(bed.run(&["apply", "--renew-secrets"], ALL_KINDS).expect("secrets"), Ending::Done);
    assert_eq!(bed.run(&["apply", "--dry-run"], ALL_KINDS).expect("a plan"), Ending::Done);
    bed.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_declared_goes_and_what_is_changed_by_hand_comes_back() {
    let Some(bed) = Bed::start("apply less", "adxless").await else { return };
    bed.run(&["apply"], ALL_KINDS).expect("all that is declared");
    let server = Server::new(bed.server.client("none"));
    let checks = server.find().await.expect("a list");
    let check = checks.iter().find(|found| found.name == "adxless runs").expect("a check");
    let path = format!("{}/{}", Kind::Check.path(), check.id);
    server.client.call("meddle", &Call::patch(path, json!({"status": "inactive"}))).await.expect("a patch");
    assert_eq!(bed.run(&["apply", "--dry-run"], ALL_KINDS).expect("a plan"), Ending::Differs);
    bed.run(&["apply"], ALL_KINDS).expect("all that is declared");
    assert_eq!(bed.run(&["apply", "--dry-run"], ALL_KINDS).expect("a plan"), Ending::Done);
    let less = format!("[endpoints.ops]\nkind = 'http'\nurl = 'http://127.0.0.1:1/other'\n{}", rules_off(&["runs"]));
    bed.run(&["apply"], &less).expect("less");
    let checks = bed.names(Kind::Check).await;
    assert_eq!(checks.len(), adx_alerts::RULES.len(), "{checks:?}");
    assert!(!checks.iter().any(|name| name.contains("receiver") && name != "adxless receiver ops"), "{checks:?}");
    assert_eq!(
        (bed.names(Kind::Endpoint).await, bed.names(Kind::Rule).await),
        (vec!["adxless ops".into()], vec!["adxless to ops".into()])
    );
    // The new address is in the rule's own text.
    let rule =
        server.find().await.expect("a list").into_iter().find(|found| found.name == "adxless to ops").expect("a rule");
    let query = server
        .client
        .call("read", &Call::get(format!("{}/{}/query", Kind::Rule.path(), rule.id)))
        .await
        .expect("a text");
    assert!(query["flux"].as_str().is_some_and(|flux| flux.contains("127.0.0.1:1/other")), "{query}");
    bed.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_s_check_of_one_of_our_names_stops_it() {
    let Some(bed) = Bed::start("apply beside others", "adxbeside").await else { return };
    let text = format!("[endpoints.ops]\nkind = 'http'\nurl = 'http://127.0.0.1:1/'\n{}", rules_off(&["runs"]));
    bed.run(&["apply"], &text).expect("a check");
    let server = Server::new(bed.server.client("none"));
    let found = server.find().await.expect("a list");
    let check = found.iter().find(|found| found.name == "adxbeside runs").expect("a check");
    let path = format!("{}/{}", Kind::Check.path(), check.id);
    server.client.call("meddle", &Call::patch(path, json!({"description": "of the desk"}))).await.expect("a patch");
    let Err(Failure::Failed(error)) = bed.run(&["apply"], &text) else { panic!("it went on") };
    assert!(
        format!("{error:#}").contains("! check adxbeside runs: there is one that `adx alerts` has not made"),
        "{error:#}"
    );
    bed.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_is_refused_by_name() {
    let Some(bed) = Bed::start("apply without buckets", "adxbucket").await else { return };
    bed.server.client("adxbucket_quality").delete_bucket().await.expect("a bucket that goes");
    let Err(Failure::Failed(error)) = bed.run(&["apply"], ALL_KINDS) else { panic!("it went on") };
    assert!(error.to_string().starts_with("there is no bucket \"adxbucket_quality\": make it"), "{error:#}");
    assert!(bed.names(Kind::Check).await.is_empty());
    bed.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_zone_that_is_none_is_refused_by_name() {
    let Some(bed) = Bed::start("apply with a wrong time zone", "adxzone").await else { return };
    std::fs::write(bed.dir.path().join("plan.csv"), PLAN.replace("Europe/Berlin", "Europe/Atlantis")).expect("a file");
    let Err(Failure::Failed(error)) = bed.run(&["apply"], ALL_KINDS) else { panic!("it went on") };
    assert!(error.to_string().contains("\"Europe/Atlantis\" is not one that the server knows"), "{error:#}");
    assert!(bed.names(Kind::Check).await.is_empty());
    bed.clean().await;
}

/// Episodes of a campaign that the rule is to leave alone from now on, and of a rule that is off, end and say why.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_resolves() {
    let Some(bed) = Bed::start("a campaign switched off", "adxoff").await else { return };
    let receiver = Receiver::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a receiver");
    let (rules, url) = (rules_off(&["spend-without-clicks"]), receiver.url("ops"));
    let on = format!("[endpoints.ops]\nkind = 'http'\nurl = '{url}'\n{rules}");
    let off = format!("{on}[campaigns.c1.spend-without-clicks]\noff = true\n");
    let at = now_s() / 60 * 60 - 7_200;
    let all_off = format!("[endpoints.ops]\nkind = 'http'\nurl = '{url}'\n{}", rules_off(&[]));
    let line = |campaign: &str| {
        let fields = "cost_micros=9000000i,clicks=0i,settled=1i";
        format!("campaign_1m,campaign_id={campaign},advertiser_id=a {fields} {}\n", at - 300)
    };
    bed.server.client("adxoff").write((line("c1") + &line("c2")).into()).await.expect("points");
    let server = Server::new(bed.server.client("none"));
    let mut heard = Vec::new();
    for (text, at) in [(&on, at), (&off, at + 60), (&off, at + 120), (&all_off, at + 180), (&all_off, at + 240)] {
        bed.run(&["apply"], text).expect("a check");
        let tasks = server.tasks("adxoff ").await.expect("tasks");
        assert_eq!(server.force(&tasks["adxoff spend-without-clicks"], at).await.expect("a run"), Ok(()));
        assert_eq!(server.force(&tasks["adxoff to ops"], at + 60).await.expect("a run"), Ok(()));
        heard.push(receiver.take().into_iter().map(|(_, body)| body["_message"].to_string()).collect::<Vec<_>>());
    }
    let counts: Vec<usize> = heard.iter().map(Vec::len).collect();
    assert_eq!(counts, [2, 1, 0, 1, 0], "{heard:?}");
    for (heard, campaign) in [(&heard[1], "c1"), (&heard[3], "c2")] {
        let says = format!("\"campaign_id {campaign}: rule spend-without-clicks is switched off");
        assert!(heard[0].starts_with(&says), "{heard:?}");
    }
    bed.clean().await;
}

/// A task that fails says nothing by itself: the check of runs does, once, and once that it works again.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_fails_is_told_of() {
    let Some(bed) = Bed::start("a failing task", "adxruns").await else { return };
    let receiver = Receiver::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a receiver");
    receiver.answer(Answer::Taken);
    let text = format!("[endpoints.ops]\nkind = 'http'\nurl = '{}'\n{}", receiver.url("ops"), rules_off(&["runs"]));
    bed.run(&["apply"], &text).expect("a check");
    let server = Server::new(bed.server.client("none"));
    let org = server.client.org_id().await.expect("an organization");
    // They fail at a minute that is odd; the last is of another set.
    let flux = "import \"date\"\noption task = {name: \"NAME\", every: 1m}\nx = if date.minute(t: now()) % 2 == 1 then die(msg: \"odd\") else true\nfrom(bucket: \"_tasks\") |> range(start: -1s) |> filter(fn: (r) => x)";
    let mut odd = Vec::new();
    for name in ["adxruns odd", "adxruns: odd", "adxruns-test odd"] {
        let flux = flux.replace("NAME", name);
        let task = Call::post("/api/v2/tasks", json!({"orgID": org, "status": "active", "flux": flux}));
        let task = server.client.call("make a task", &task).await.expect("a task");
        odd.push(task["id"].as_str().expect("an id").to_owned());
    }
    let gone = format!(
        "statuses,_check_id=0000000000000001,_check_name=adxruns\\ runs,_level=crit,_source_measurement=runs,_type=custom,task=adxruns\\ gone adx_since={}000000000i {}\n",
        now_s() - 7_200,
        now_s() - 7_200
    );
    bed.server.client("_monitoring").write(gone.into()).await.expect("a status");
    let tasks = server.tasks("adxruns ").await.expect("tasks");
    let even = now_s() / 120 * 120 - 1_200;
    let mut heard = Vec::new();
    for (at, runs) in [(even, true), (even + 60, false), (even + 60, false), (even, true), (even, true)] {
        for task in &odd {
            assert_eq!(server.force(task, at).await.expect("a run").is_ok(), runs);
        }
        // Runs are recorded for when they were made, not for when they were meant; a run meant for later waits on the server.
        let judged = now_s() + 2;
        assert_eq!(server.force(&tasks["adxruns runs"], judged).await.expect("a run"), Ok(()));
        assert_eq!(server.force(&tasks["adxruns to ops"], judged + 1).await.expect("a run"), Ok(()));
        // A rule that runs each second hears of a minute's statuses each time.
        let new = |(_, body): &(String, Value)| body["_status_timestamp"] == json!(judged * 1_000_000_000);
        let text = |(_, body): (String, Value)| format!("{} {}", body["_level"], body["_message"]);
        let mut told: Vec<String> = receiver.take().into_iter().filter(new).map(text).collect();
        told.sort();
        heard.push(told);
    }
    let expected: [&[&str]; 5] = [
        &["\"ok\" \"task adxruns gone had no run in the last 26h"],
        &["\"crit\" \"task adxruns odd fails", "\"crit\" \"task adxruns: odd fails"],
        &[],
        &["\"ok\" \"task adxruns odd succeeds again", "\"ok\" \"task adxruns: odd succeeds again"],
        &[],
    ];
    for (heard, expected) in heard.iter().zip(expected) {
        let fits = heard.iter().zip(expected).all(|(text, says)| text.starts_with(says));
        assert!(heard.len() == expected.len() && fits, "{heard:?} {expected:?}");
    }
    for task in odd {
        server.client.call("clean up", &Call::delete(format!("/api/v2/tasks/{task}"))).await.expect("a task that goes");
    }
    bed.clean().await;
}

fn now_s() -> i64 {
    let now = std::time::UNIX_EPOCH.elapsed().expect("a clock past 1970");
    i64::try_from(now.as_secs()).expect("a clock of our days")
}
