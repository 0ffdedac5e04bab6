//! Every rule on a real influxd: it fires once, stays silent, resolves once, and the receiver hears of it.

use adx::ending::Ending;
use adx_alerts::{Config, DEFAULT_CONFIG, Day, scenarios};

use super::server::{alerts, config_file, start};

/// Thresholds other than the defaults: scenarios follow them.
const OTHER: &str = "settle = '4m'\n[rules.spend-without-clicks]\nspend_max = 0.25\nwindow = '5m'\n[rules.ctr-spike]\nfactor = 1.5\nclicks_min = 400\n\
    [rules.cpa-limit]\ncpa_max = 33\n[rules.roas-limit]\nroas_min = 2.5\nlevel = 'warn'\n[rules.no-impressions]\nwindow = '40m'\n[rules.sink-heartbeat]\nsilent = '10m'\n";

async fn all_are_right(what: &str, text: &'static str) {
    let Some(server) = start(what).await else { return };
    let told = tokio::task::spawn_blocking(move || {
        let dir = tempfile::tempdir().expect("a directory");
        let file = config_file(dir.path(), text);
        alerts(&server, dir.path(), &["test", "--config", &file]).map(|ended| (ended, server))
    });
    let (ended, server) = told.await.expect("a thread that ends").expect("scenarios that are told");
    assert_eq!(ended, Ending::Done, "the table above names what is wrong");
    let left = adx::alerts::server::Server::new(server.client("none")).find().await.expect("a list");
    assert!(left.iter().all(|found| !found.name.starts_with("adx-test-")), "{left:?}");
    let buckets = server.client("none").bucket_names().await.expect("a list");
    assert!(buckets.iter().all(|bucket| !bucket.starts_with("adx-test-")), "{buckets:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_of_the_default_thresholds() {
    all_are_right("alert scenarios", DEFAULT_CONFIG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_of_other_thresholds() {
    all_are_right("alert scenarios, other thresholds", OTHER).await;
}

#[test]
fn no_scenario_is_left_out() {
    let plan = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    let today = Day::of_seconds(1_772_323_200).expect("a day");
    for text in [DEFAULT_CONFIG, OTHER] {
        assert_eq!(scenarios(&Config::parse(text, plan).expect("a configuration"), today).len(), 22);
    }
}
