//! `adx topics` on a cluster, as a user runs it.

use std::path::Path;

use fluvio::metadata::topic::TopicSpec;
use tokio::runtime::Runtime;

use crate::runner::{Exit, adx};
use crate::servers::{Servers, create_topic, delete_topics, modules, real_cluster, topics};

const BUILT_IN: &str = include_str!("../../../fluvio-topics.yaml");
const DECLARED: [&str; 6] =
    ["ad-impressions", "bid-requests", "campaigns", "clicks-conversions", "dead-letters", "late-events"];

fn topics_command(command: &str, endpoint: &str, more: &[&str]) -> Exit {
    adx(&[&["topics", command, "--cluster", endpoint, "--wait", "10s"], more].concat())
}

fn code(command: &str, endpoint: &str, more: &[&str]) -> u8 {
    let exit = topics_command(command, endpoint, more);
    assert!(exit.code == 1 || exit.error.is_empty(), "{}", exit.error);
    exit.code
}

/// The built-in file with one text in place of another.
fn altered(dir: &Path, from: &str, to: &str) -> String {
    assert!(BUILT_IN.contains(from));
    let file = dir.join("topics.yaml");
    std::fs::write(&file, BUILT_IN.replace(from, to)).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Everything of `adx topics` on a cluster that has none of our topics.
fn check(endpoint: &str, runtime: &Runtime) {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(code("diff", endpoint, &[]), 1);
    assert_eq!(code("apply", endpoint, &[]), 0);
    let there = runtime.block_on(topics(endpoint));
    assert!(DECLARED.iter().all(|name| there.iter().any(|there| there == name)), "{there:?}");
    let modules = runtime.block_on(modules(endpoint));
    assert!(adx_smartmodules::modules().iter().all(|module| modules.iter().any(|name| name == module.name)));
    for _ in 0..2 {
        assert_eq!(code("diff", endpoint, &[]), 0);
        assert_eq!(code("apply", endpoint, &[]), 0);
    }
    let more = altered(dir.path(), "count: 2", "count: 3");
    assert_eq!(code("diff", endpoint, &["--file", &more]), 1);
    let refused = topics_command("apply", endpoint, &["--file", &more]);
    assert_eq!(refused.code, 1);
    let told = "nothing was changed: ! topic ad-impressions: 2 partitions, declared are 3: the partition of a user";
    assert!(refused.error.contains(told), "{}", refused.error);
    // A setting that Fluvio cannot change is told, whatever else is done.
    let other = altered(dir.path(), "time: 10d", "time: 11d");
    assert_eq!(code("apply", endpoint, &["--file", &other]), 1);
    assert_eq!(code("diff", endpoint, &[]), 0);
}

#[test]
fn a_cluster_is_made_as_declared_and_then_left_alone() {
    let runtime = Runtime::new().unwrap();
    let servers = runtime.block_on(Servers::start());
    check(&servers.fluvio.endpoint(), &runtime);
    let Some(real) = real_cluster("adx topics") else { return };
    let there = runtime.block_on(topics(&real));
    if there.iter().any(|name| DECLARED.contains(&name.as_str())) {
        eprintln!("SKIPPED: adx topics on {real}: it has topics of the pipeline, which this test would delete");
        return;
    }
    check(&real, &runtime);
    runtime.block_on(delete_topics(&real, &DECLARED.map(str::to_owned)));
}

#[test]
fn nothing_is_created_where_a_partition_count_forbids_it() {
    let runtime = Runtime::new().unwrap();
    let servers = runtime.block_on(Servers::start());
    let endpoint = servers.fluvio.endpoint();
    runtime.block_on(create_topic(&endpoint, "bid-requests", TopicSpec::new_computed(7, 1, None)));
    let refused = topics_command("apply", &endpoint, &[]);
    assert!(refused.error.contains("bid-requests: 7 partitions"), "{}", refused.error);
    assert_eq!(runtime.block_on(topics(&endpoint)), ["bid-requests"]);
    assert_eq!(runtime.block_on(modules(&endpoint)), [""; 0]);
}

#[test]
fn a_module_of_other_bytes_is_a_difference_until_it_is_applied() {
    let runtime = Runtime::new().unwrap();
    let servers = runtime.block_on(Servers::start());
    let endpoint = servers.fluvio.endpoint();
    assert_eq!(code("apply", &endpoint, &[]), 0);
    runtime.block_on(async {
        use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
        let admin = adx_publisher::Cluster::new(&endpoint).client().await.unwrap().admin().await;
        let wasm = SmartModuleWasm::from_compressed_gzip(b"not even gzip".to_vec());
        let spec = SmartModuleSpec { wasm, ..Default::default() };
        admin.create(adx_smartmodules::DEDUPE.name.to_owned(), false, spec).await.unwrap();
    });
    assert_eq!(code("diff", &endpoint, &[]), 1);
    assert_eq!(code("apply", &endpoint, &[]), 0);
    assert_eq!(code("diff", &endpoint, &[]), 0);
}

#[test]
fn a_cluster_that_is_away_is_waited_for_and_then_named() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let exit = adx(&["topics", "diff", "--cluster", &closed, "--wait", "300ms"]);
    assert_eq!(exit.code, 1);
    assert!(exit.error.contains(&closed), "{}", exit.error);
}

#[test]
fn a_file_that_cannot_work_is_2_before_the_cluster_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    for (from, to, more, expected) in [
        ("time: 10d", "time: 8d", vec![], "the windows need 9d"),
        ("time: 10d", "time: 10d", vec!["--conversion-window", "30d"], "the windows need 32d"),
        ("time: 10d", "time: 10d", vec!["--lateness", "36h 1s"], "the windows need 864002s"),
        ("name: bid-requests", "name: bids", vec![], "declares no topic \"bid-requests\""),
    ] {
        let file = altered(dir.path(), from, to);
        let nowhere = "127.0.0.1:1";
        let args = [&["topics", "apply", "--cluster", nowhere, "--file", &file], more.as_slice()].concat();
        let exit = adx(&args);
        assert_eq!(exit.code, 2, "{}", exit.error);
        assert!(exit.error.contains(expected), "{}", exit.error);
    }
}
