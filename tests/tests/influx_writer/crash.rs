//! A real influxd that is killed while points are written to it: what was acknowledged is there, and in the end everything is.

use std::time::Duration;

use adx_influx::writer::Limits;
use adx_tests::influxd::{Influxd, Scheduler};

use crate::points::{MARCH, point, stored};
use crate::servers::{QUICK, writer};

const MINUTES: i64 = 40;
const EXCHANGES: i64 = 500;
const REVISIONS: i64 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_loses_no_point() {
    let Some(mut server) = Influxd::start_own("writer while influxd is killed", Scheduler::Silent).await else {
        return;
    };
    let client = server.client("crash");
    client.ensure_bucket(None).await.expect("a bucket");
    let limits = Limits {
        batch_points_max: 1_000,
        backoff: Duration::from_millis(50),
        backoff_max: Duration::from_secs(1),
        request_timeout: Duration::from_secs(20),
        doubt: Duration::from_secs(1),
        ..QUICK
    };
    let (writer, dir) = writer(&client, limits);
    for number in 0..REVISIONS {
        for minute in 0..MINUTES {
            let points = (0..EXCHANGES).map(|x| point(&format!("x{x}"), MARCH + 60 * minute, number)).collect();
            writer.push(points).await.expect("a writer at work");
            if minute == MINUTES / 2 {
                server.kill();
                server.restart();
            }
        }
    }
    let metrics = writer.finish(Duration::from_secs(300)).await.expect("everything written");
    println!("killed {REVISIONS} times: {} requests, retries {:?}", metrics.requests, metrics.retries);
    assert!(metrics.retries.values().sum::<u64>() > 0, "it was never noticed");
    let stored = stored(&client).await;
    assert_eq!(stored.len() as i64, EXCHANGES * MINUTES);
    assert!(stored.values().all(|number| *number == REVISIONS - 1), "an older revision is left");
    assert!(crate::servers::refused(&dir).0.is_empty());
}
