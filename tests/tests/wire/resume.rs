//! A reader that stopped anywhere goes on at the next record.

use fluvio::Compression;

use crate::cluster::{Company, on_cluster};
use crate::modules::{PASS, by_name, module};
use crate::produced::{producer, send};
use crate::reading::{SinkReader, consumer, open, read_exactly, through};

const ALL: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn every_offset_can_be_resumed_at() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("resume", 1).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        let plain = producer(bed, &topic, 0, Compression::None).await;
        let packed = producer(bed, &topic, 0, Compression::Zstd).await;
        send(&plain, 0, 0..1, 1).await;
        send(&packed, 0, 1..24, 23).await;
        send(&plain, 0, 24..50, 9).await;
        send(&packed, 0, 50..ALL, 5).await;
        for from in 0..ALL {
            SinkReader::open(bed, &topic, 0, from, std::slice::from_ref(&pass), 1 << 20).read_to(ALL).await;
            let mut stream = open(bed, &mut consumer(&topic, 0, from)).await;
            read_exactly(&mut stream, 0, from..ALL).await;
            let mut stream = open(bed, &mut through(&topic, 0, from, vec![by_name(&pass, &[])])).await;
            read_exactly(&mut stream, 0, from..ALL).await;
        }
    })
    .await;
}
