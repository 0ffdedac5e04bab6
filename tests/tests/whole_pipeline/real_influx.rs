//! `adx run` on a real influxd, where there is one: exact, nothing left behind, and exact all the same when it is killed amid the writing.

use std::collections::BTreeSet;
use std::path::Path;

use adx_tests::expected::Expected;
use adx_tests::influxd::{Influxd, Scheduler};
use adx_tests::oracle::{Spans, judge};
use tokio::runtime::Runtime;

use crate::killing_proxy::KillingProxy;
use crate::runner::{adx, assert_agrees, run_args};

/// What a user says to name a server.
fn influx_args(url: &str, server: &Influxd, token_file: &Path) -> Vec<String> {
    std::fs::write(token_file, server.token()).unwrap();
    let token_file = token_file.to_str().unwrap();
    ["--influx-url", url, "--influx-token-file", token_file, "--influx-org", server.org()].map(str::to_owned).to_vec()
}

fn run(input: &Path, spans: Spans, influx: &[String], expected: &Expected, what: &str) {
    let out = tempfile::tempdir().unwrap();
    let args = [run_args(input, out.path(), spans, 2), influx.to_vec()].concat();
    let exit = adx(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((exit.code, exit.error.as_str()), (0, ""), "{what}");
    assert_agrees(out.path(), expected, what);
}

#[test]
fn exact_and_nothing_is_left() {
    let runtime = Runtime::new().unwrap();
    let Some(server) = runtime.block_on(Influxd::start("adx run --influx-url", Scheduler::Silent)) else { return };
    let dir = tempfile::tempdir().unwrap();
    let influx = influx_args(server.url(), &server, &dir.path().join("token"));
    // Others may be at work on it.
    let of_runs = || {
        let names = runtime.block_on(server.client("any").bucket_names()).unwrap();
        names.into_iter().filter(|name| name.starts_with("run-")).collect::<BTreeSet<_>>()
    };
    let before = of_runs();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for input in [here.join("fixtures/small"), here.join("../../shared/data/auctions-a")] {
        let Ok(json) = std::fs::read(input.join("expected.json")) else {
            eprintln!("SKIPPED: {} is not beside this checkout", input.display());
            continue;
        };
        let expected = Expected::from_json(&serde_json::from_slice(&json).unwrap()).unwrap();
        run(&input, Spans::SHORT, &influx, &expected, &input.display().to_string());
    }
    assert_eq!(of_runs(), before);
}

#[test]
fn exact_when_it_is_killed_amid_the_writing() {
    let runtime = Runtime::new().unwrap();
    let what = "adx run while influxd is killed";
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    // Sparse, so that there are many windows, and points for several requests.
    let args = ["generate", "--out", input.to_str().unwrap(), "--impressions", "8000", "--bids", "2000", "--rate", "1"];
    assert_eq!(adx(&args).code, 0);
    let Some(expected) = judge(&input, Spans::DEFAULT) else { return };
    let expected = expected.unwrap();
    for write in [1, 2] {
        let Some(server) = runtime.block_on(Influxd::start_own(what, Scheduler::Silent)) else { return };
        let token_file = dir.path().join("token");
        let (org_and_token, url) = (influx_args("", &server, &token_file), server.url().to_owned());
        let proxy = KillingProxy::start(&url, write, server);
        let influx = [vec!["--influx-url".to_owned(), proxy.url()], org_and_token[2..].to_vec()].concat();
        run(&input, Spans::DEFAULT, &influx, &expected, &format!("killed at write {write}"));
        assert_eq!(proxy.kills(), 1, "it was killed at write {write}");
    }
}
