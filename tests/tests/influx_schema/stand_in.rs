//! `adx report` from the stand-in: what it answers it answers as influxd does, the rest it refuses.

use std::collections::BTreeMap;

use adx::cli::{Cli, Command};
use adx::ending::Failure;
use adx_events::time::{EventTime, HOUR_MS, MINUTE_MS};
use adx_influx::{InfluxClient, InfluxTarget, RetryLimits, Row};
use adx_local_influx::{Account, Config, LocalInflux};
use adx_queries::campaign::{Question, Scope};
use adx_queries::{ADDITIVE, Level, Purpose, Reading, TimeRange};
use clap::Parser;
use tokio::runtime::Runtime;

use crate::delivered::Delivered;
use crate::world::{Record, World, after, day};

const BUCKET: &str = "run-1";
const TOKEN: &str = "token";

struct StandIn {
    runtime: Runtime,
    server: LocalInflux,
}

impl StandIn {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let account = Account {
            org: "advertisex".into(),
            bucket: BUCKET.into(),
            token: TOKEN.into(),
            read_token: None,
            keeps: None,
        };
        let config = Config { account: Some(account), ..Config::default() };
        let server = runtime.block_on(LocalInflux::start(config)).unwrap();
        Self { runtime, server }
    }

    fn client(&self) -> InfluxClient {
        let target = InfluxTarget {
            url: self.server.url(),
            org: "advertisex".into(),
            bucket: BUCKET.into(),
            token: TOKEN.into(),
        };
        InfluxClient::new(target, RetryLimits::default()).unwrap()
    }

    fn write(&self, delivered: &Delivered) {
        self.runtime.block_on(self.client().write(delivered.lines().into())).unwrap();
    }

    fn report(&self, words: &[&str], now: EventTime) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let token = dir.path().join("token");
        std::fs::write(&token, TOKEN).unwrap();
        let server =
            ["--influx-url", &self.server.url(), "--influx-token-file", token.to_str().unwrap(), "--prefix", BUCKET];
        let cli = Cli::try_parse_from([&["adx", "report"], words, &server].concat()).unwrap();
        let Command::Report(args) = cli.command else { panic!("no report") };
        let report = self.runtime.block_on(adx::report::report(&args, now));
        report.map_err(|failure| match failure {
            Failure::Configuration(error) | Failure::Failed(error) => format!("{error:#}"),
        })
    }

    fn rows(&self, flux: &str) -> Vec<Record> {
        let mut rows = Vec::new();
        let each = |row: Row<'_>| {
            rows.push(
                row.cells().map(|cell| (format!("{} {}", cell.label, cell.datatype), cell.text.to_owned())).collect(),
            );
            Ok(())
        };
        self.runtime.block_on(self.client().rows(flux, each)).unwrap();
        rows
    }
}

#[test]
fn totals_and_freshness_are_answered_the_rest_is_refused() {
    let (stand_in, start) = (StandIn::start(), EventTime::parse(b"2026-03-01T00:00:00Z").unwrap());
    let delivered = Delivered::over(start, 90);
    stand_in.write(&delivered);
    let (from, to) = (after(start, 10 * MINUTE_MS), after(start, HOUR_MS));
    let range = ["--from", &from.to_string(), "--to", &to.to_string(), "--reading", "shards", "--format", "json"];
    let ask = |question: &str| stand_in.report(&[&[question], &range[..]].concat(), to);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ask("totals").unwrap()).unwrap();
    let sums: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            (row["campaign_id"].as_str().unwrap().to_owned(), ADDITIVE.map(|field| row[field].as_i64().unwrap()))
        })
        .collect();
    assert_eq!(sums, delivered.sums(from, to));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ask("freshness").unwrap()).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row["shard"].as_str(), row["age_s"].as_i64())).collect();
    assert_eq!(told, [(Some("0"), Some(60)), (Some("1"), Some(60))]);
    let refused = ask("funnel").unwrap_err();
    assert!(refused.contains("this query is not one of the project's that are answered here"), "{refused}");
}

#[test]
fn both_answer_alike() {
    let Some(world) = World::start("alike") else { return };
    let (stand_in, start) = (StandIn::start(), day(2));
    let delivered = Delivered::over(start, 90);
    stand_in.write(&delivered);
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    world.write(Purpose::Windows, delivered.lines());
    let range = TimeRange::new(after(start, 10 * MINUTE_MS), after(start, HOUR_MS)).unwrap();
    for campaign in [None, Some("with space, comma=equals".to_owned())] {
        for question in [Question::Totals, Question::Freshness] {
            let scope =
                |buckets| Scope { buckets, campaign: campaign.clone(), range, reading: Reading::Only(Level::Shards) };
            let real = world.annotated_rows(&question.text(&scope(world.buckets.clone())).unwrap());
            let local = stand_in.rows(&question.text(&scope(adx_queries::Buckets::of(BUCKET).unwrap())).unwrap());
            assert_eq!(local, real, "{question:?} {campaign:?}");
            assert!(!real.is_empty());
        }
    }
}
