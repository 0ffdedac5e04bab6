//! The built program where a test needs a process of its own: signals, and the environment.

mod kills;
mod local;
mod serving;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use adx_influx::{InfluxClient, InfluxTarget};
use adx_local_fluvio::LocalFluvio;
use adx_local_influx::{Account, LocalInflux};
use adx_publisher::Cluster;
use fluvio::metadata::topic::TopicSpec;

const TOKEN: &str = "a token of this test";
/// No step may take longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn adx() -> Command {
    let mut adx = Command::new(env!("CARGO_BIN_EXE_adx"));
    adx.env_remove("RUST_LOG").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    adx
}

async fn topics(endpoint: &str) -> Vec<String> {
    let admin = Cluster::new(endpoint).client().await.unwrap().admin().await;
    admin.all::<TopicSpec>().await.unwrap().into_iter().map(|topic| topic.name).collect()
}

async fn buckets(url: String) -> Vec<String> {
    let target = InfluxTarget { url, org: "advertisex".into(), bucket: String::new(), token: TOKEN.into() };
    InfluxClient::new(target, Default::default()).unwrap().bucket_names().await.unwrap()
}

/// A run that cannot end, since the SPU is away: it is at work once its last topic is there.
async fn run_without_end(fluvio: &LocalFluvio, influx: &LocalInflux, out: &Path) -> Child {
    fluvio.faults().stop_spu().await;
    let input = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/small");
    let run = adx()
        .args(["run", "--cluster", &fluvio.endpoint(), "--influx-url", &influx.url(), "--partitions", "2"])
        .args(["--input".as_ref(), input.as_os_str(), "--out".as_ref(), out.as_os_str()])
        .env("INFLUX_TOKEN", TOKEN)
        .spawn()
        .unwrap();
    let at_work = async {
        while topics(&fluvio.endpoint()).await.len() < 6 {
            tokio::time::sleep(Duration::from_millis(50)).await; // only to ask less often
        }
    };
    tokio::time::timeout(PATIENCE, at_work).await.expect("the run creates its topics");
    run
}

async fn end(run: Child, signal: &str) -> Output {
    let sent = Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = tokio::task::spawn_blocking(|| run.wait_with_output());
    tokio::time::timeout(PATIENCE, ended).await.expect("the run ends").unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_interrupted_leaves_nothing() {
    for (signal, name) in [("-INT", "Ctrl-C"), ("-TERM", "SIGTERM")] {
        let account = Account {
            org: "advertisex".into(),
            bucket: "live".into(),
            token: TOKEN.into(),
            read_token: None,
            keeps: None,
        };
        let config = adx_local_influx::Config { account: Some(account), ..Default::default() };
        let (fluvio, influx) =
            (LocalFluvio::start(Default::default()).await.unwrap(), LocalInflux::start(config).await.unwrap());
        let out = tempfile::tempdir().unwrap();
        let run = run_without_end(&fluvio, &influx, out.path()).await;
        assert_eq!(buckets(influx.url()).await.len(), 2);
        let ended = end(run, signal).await;
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("error: interrupted by {name}")), "{told}");
        assert_eq!(topics(&fluvio.endpoint()).await, [""; 0]);
        assert_eq!(buckets(influx.url()).await, ["live"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clusters_come_from_the_profile_file() {
    let fluvio = LocalFluvio::start(Default::default()).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let profiles = dir.path().join("config");
    let endpoint = fluvio.endpoint();
    let text = format!(
        "version = \"2.0\"\ncurrent_profile = \"here\"\n[profile.here]\ncluster = \"local\"\n[profile.away]\ncluster = \"gone\"\n\
         [cluster.local]\nendpoint = \"{endpoint}\"\n[cluster.gone]\nendpoint = \"127.0.0.1:1\"\n"
    );
    std::fs::write(&profiles, text).unwrap();
    for (args, code, expected) in [
        (&["topics", "apply"][..], 0, "+ topic campaigns"),
        (&["topics", "diff"], 0, endpoint.as_str()),
        (&["topics", "diff", "--profile", "here"], 0, "has everything as declared"),
        (&["topics", "diff", "--profile", "away", "--wait", "0s"], 1, "127.0.0.1:1"),
        (&["topics", "diff", "--profile", "prod"], 2, "it has: away, here"),
        (&["topics", "diff", "--profile", "here", "--cluster", "127.0.0.1:1"], 2, "cannot be used with"),
        (&["run", "--clean", "--profile", "here"], 0, "no topic of a run was left"),
    ] {
        let command = adx().args(args).env("FLV_PROFILE_PATH", &profiles).spawn().unwrap();
        let ended = tokio::task::spawn_blocking(|| command.wait_with_output()).await.unwrap().unwrap();
        let told = [ended.stdout, ended.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        assert_eq!(ended.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains(expected), "{args:?}: {told}");
    }
}
