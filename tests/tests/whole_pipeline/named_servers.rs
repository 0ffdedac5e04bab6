//! `adx run` on servers that are named to it: exact, in topics and a bucket of its own, and nothing of them is left.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use adx_local_influx::{RetryAfter, WriteFault};
use adx_tests::expected::Expected;
use adx_tests::oracle::Spans;
use fluvio::metadata::topic::TopicSpec;
use tokio::runtime::Runtime;

use crate::runner::{Exit, adx, assert_agrees, run_args};
use crate::servers::{Servers, create_topic, modules, real_cluster, topics};

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/small")
}

fn expected() -> Expected {
    let json = std::fs::read(small().join("expected.json")).unwrap();
    Expected::from_json(&serde_json::from_slice(&json).unwrap()).unwrap()
}

fn run(out: &Path, more: &[String]) -> Exit {
    let args = [run_args(&small(), out, Spans::SHORT, 2), more.to_vec()].concat();
    adx(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn assert_exact(more: &[String], what: &str) {
    let out = tempfile::tempdir().unwrap();
    let exit = run(out.path(), more);
    assert_eq!((exit.code, exit.error.as_str()), (0, ""), "{what}");
    assert_agrees(out.path(), &expected(), what);
}

fn clean(more: &[String]) -> Exit {
    let args = [vec!["run".to_owned(), "--clean".to_owned()], more.to_vec()].concat();
    adx(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What of runs is on the servers.
fn left(runtime: &Runtime, servers: &Servers) -> Vec<String> {
    let found =
        runtime.block_on(async { [topics(&servers.fluvio.endpoint()).await, servers.buckets().await].concat() });
    found.into_iter().filter(|name| name.starts_with("run-")).collect()
}

#[test]
fn both_named_one_named_and_two_runs_at_once() {
    let runtime = Runtime::new().unwrap();
    let servers = runtime.block_on(Servers::start());
    let cluster = vec!["--cluster".to_owned(), servers.fluvio.endpoint()];
    assert_exact(&cluster, "only the cluster is named");
    assert_exact(&servers.influx_args(), "only InfluxDB is named");
    std::thread::scope(|scope| {
        for run in ["one of two", "the other of two"] {
            let args = servers.args();
            scope.spawn(move || assert_exact(&args, run));
        }
    });
    assert_eq!(left(&runtime, &servers), [""; 0]);
    // The modules are every run's.
    let modules = runtime.block_on(modules(&servers.fluvio.endpoint()));
    assert_eq!(modules.len(), adx_smartmodules::modules().len());
}

#[test]
fn a_real_cluster_is_left_as_it_was() {
    let Some(endpoint) = real_cluster("adx run --cluster") else { return };
    let runtime = Runtime::new().unwrap();
    // Others may be at work on it.
    let of_runs = || {
        let there = runtime.block_on(topics(&endpoint));
        there.into_iter().filter(|name| name.starts_with("run-")).collect::<BTreeSet<_>>()
    };
    let before = of_runs();
    assert_exact(&["--cluster".to_owned(), endpoint.clone()], "a real cluster");
    assert_eq!(of_runs(), before);
}

#[test]
fn a_run_that_fails_leaves_nothing() {
    let runtime = Runtime::new().unwrap();
    let servers = runtime.block_on(Servers::start());
    servers.influx.faults().next_writes(1_000, WriteFault::Answer { status: 400, retry_after_s: None });
    let out = tempfile::tempdir().unwrap();
    let exit = run(out.path(), &servers.args());
    assert_eq!(exit.code, 1);
    assert!(exit.error.contains("status 400"), "{}", exit.error);
    assert_eq!(left(&runtime, &servers), [""; 0]);
}

#[test]
fn points_that_influxdb_refuses_are_in_a_file_and_the_run_fails_and_names_it() {
    let runtime = Runtime::new().unwrap();
    let servers = runtime.block_on(Servers::start());
    let (status, message) = (422, "partial write: input field \"s\" on measurement \"m\" is too long dropped=1");
    servers.influx.faults().next_writes(10_000, WriteFault::Told { status, message, retry_after: RetryAfter::Untold });
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("refused-points.lp");
    let exit = run(out.path(), &servers.influx_args());
    let refused = std::fs::read_to_string(&file).unwrap();
    let points = refused.lines().filter(|line| !line.starts_with('#')).count();
    assert!(exit.code == 1 && points > 50, "{points} points, exit code {}", exit.code);
    let told = format!("InfluxDB refused {points} of {points} points for good, the first as too_long: {message}");
    assert!(exit.error.contains(&told) && exit.error.contains(file.to_str().unwrap()), "{}", exit.error);
    servers.influx.faults().recover();
    assert_eq!(run(out.path(), &servers.influx_args()).code, 0);
    assert!(!file.exists(), "what an earlier run left");
}

#[test]
fn what_is_kept_is_there_until_it_is_cleaned_and_nothing_else_is() {
    let runtime = Runtime::new().unwrap();
    let servers = runtime.block_on(Servers::start());
    let endpoint = servers.fluvio.endpoint();
    let others = ["ad-impressions", "run-0123456789ab-orders", "run-away"];
    for other in others {
        runtime.block_on(create_topic(&endpoint, other, TopicSpec::new_computed(1, 1, None)));
    }
    assert_exact(&[servers.args(), vec!["--keep".to_owned()]].concat(), "kept");
    let kept = left(&runtime, &servers);
    assert_eq!(kept.len(), 2 + 6 + 1, "{kept:?}"); // two of others, the topics, the bucket
    for _ in 0..2 {
        let exit = clean(&servers.args());
        assert_eq!((exit.code, exit.error.as_str()), (0, ""));
        let mut there = runtime.block_on(topics(&endpoint));
        there.sort();
        assert_eq!(there, others);
        assert_eq!(runtime.block_on(servers.buckets()), ["live"]);
    }
}

#[test]
fn servers_that_cannot_be_named_so_are_2() {
    let out = tempfile::tempdir().unwrap();
    let args = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
    let missing = out.path().join("nowhere");
    for (more, expected) in [
        (args(&["--influx-url", "http://127.0.0.1:1", "--influx-token-file", missing.to_str().unwrap()]), "nowhere"),
        (args(&["--influx-url", "127.0.0.1:1", "--influx-token-file", "/dev/null"]), "no token"),
    ] {
        let exit = run(out.path(), &more);
        assert_eq!(exit.code, 2, "{}", exit.error);
        assert!(exit.error.contains(expected), "{}", exit.error);
    }
    let exit = clean(&[]);
    assert_eq!(exit.code, 2);
    assert!(exit.error.contains("--clean needs a server"), "{}", exit.error);
}
