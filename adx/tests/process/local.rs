//! `adx local`: serves until a signal ends it, keeps what it is told to keep, and names what is in its way.

use std::net::TcpListener;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::serving::Serving;
use crate::{adx, buckets, topics};

/// Runs `adx` to its end.
async fn ended(args: &[&str]) -> Output {
    let mut command = adx();
    command.args(args);
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_until_a_signal_and_keeps_what_its_directory_holds() {
    let dir = TempDir::new().unwrap();
    for (signal, expected) in [("-TERM", "+ topic ad-impressions"), ("-INT", "has everything as declared")] {
        let local = Serving::start(Some(dir.path())).await;
        let applied = ended(&["topics", "apply", "--cluster", &local.sc]).await;
        assert!(applied.status.success() && told(&applied).contains(expected), "{}", told(&applied));
        assert_eq!(buckets(local.influx.clone()).await, ["live"]);
        let output = local.end(signal).await;
        assert_eq!((output.status.code(), told(&output).as_str()), (Some(0), ""), "{signal}");
    }
    let forgetful = Serving::start(None).await;
    assert_eq!(topics(&forgetful.sc).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_use_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, port) = (taken.local_addr().unwrap().to_string(), taken.local_addr().unwrap().port().to_string());
    let dir = TempDir::new().unwrap();
    let first = Serving::start(Some(dir.path())).await;
    let (own, file) = (dir.path().to_str().unwrap(), dir.path().join("lock"));
    for (args, expected) in [
        (["--port", &port, "--influx-port", "0"].as_slice(), [address.as_str(), "take another (--port)"]),
        (&["--port", "0", "--influx-port", &port], [&address, "take another (--influx-port)"]),
        (&["--port", "0", "--influx-port", "0", "--data", own], [own, "in use by another process"]),
        (&["--port", "0", "--influx-port", "0", "--data", utf8(&file)], [utf8(&file), "cannot make"]),
    ] {
        let refused = ended(&[&["local"], args].concat()).await;
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0), "{args:?}: {}", told(&refused));
        for part in expected {
            assert!(told(&refused).contains(part), "{args:?}: {}", told(&refused));
        }
    }
    drop(first);
    Serving::start(Some(dir.path())).await;
}

fn utf8(path: &Path) -> &str {
    path.to_str().unwrap()
}
