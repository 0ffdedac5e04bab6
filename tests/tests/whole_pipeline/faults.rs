//! Servers that fail on the way: nothing is lost, nothing is counted twice.

use std::path::Path;
use std::time::Duration;

use adx::cli::{Cli, Command};
use adx::progress::Bar;
use adx::run::{pipeline, plan::Plan};
use adx_local_fluvio::LocalFluvio;
use adx_local_influx::{LocalInflux, WriteFault};
use adx_tests::expected::Expected;
use adx_tests::oracle::Spans;
use clap::Parser;

use crate::runner::{assert_agrees, run_args};
use crate::servers::Servers;

/// Runs the small fixture while `trouble` happens to the servers, and expects the exact answer all the same.
async fn exact_in_spite_of(what: &str, trouble: impl AsyncFnOnce(&LocalFluvio, &LocalInflux)) -> Seen {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/small");
    let out = tempfile::tempdir().unwrap();
    let servers = Servers::start().await;
    let args = [vec!["adx".to_owned()], run_args(&dir, out.path(), Spans::SHORT, 2), servers.args()].concat();
    let Command::Run(args) = Cli::try_parse_from(args).unwrap().command else { panic!("not run") };
    let plan = Plan::of(args).unwrap();
    let (fluvio, influx) = (&servers.fluvio, &servers.influx);
    let bar = Bar::open("testing");
    let work = pipeline::run(&plan, &bar);
    let (finished, ()) = tokio::join!(work, trouble(fluvio, influx));
    let finished = finished.unwrap();
    assert!(finished.ledger.balances(), "{what}");
    let json = std::fs::read(dir.join("expected.json")).unwrap();
    let expected = Expected::from_json(&serde_json::from_slice(&json).unwrap()).unwrap();
    assert_agrees(out.path(), &expected, what);
    Seen { resends: finished.resends, influx_writes: influx.faults().writes_seen() }
}

/// That the trouble did strike.
struct Seen {
    resends: u64,
    influx_writes: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledgements_are_lost() {
    let seen =
        exact_in_spite_of("lost acknowledgements", async |fluvio, _| fluvio.faults().lose_produce_answers(3)).await;
    assert!(seen.resends > 0, "no record came again");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_the_spu_are_cut_again_and_again() {
    exact_in_spite_of("cut connections", async |fluvio, _| {
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(300)).await; // when it strikes is of no account
            fluvio.faults().close_spu_connections().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn influx_refuses_vanishes_and_stores_without_an_answer() {
    let seen = exact_in_spite_of("influx faults", async |_, influx| {
        let faults = influx.faults();
        faults.next_writes(1, WriteFault::Answer { status: 503, retry_after_s: Some(0) });
        faults.next_writes(1, WriteFault::DropAfterStoring);
        faults.next_writes(1, WriteFault::DropBeforeStoring);
        faults.next_writes(1, WriteFault::Answer { status: 500, retry_after_s: None });
        faults.next_writes(1, WriteFault::DropAfterStoring);
    })
    .await;
    assert!(seen.influx_writes > 5, "{} writes came", seen.influx_writes);
}
