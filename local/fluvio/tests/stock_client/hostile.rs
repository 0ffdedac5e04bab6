//! Bytes that no client sends: the connection ends, the cluster goes on.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bed::{Bed, consumer, read_values, values, within};

fn framed(body: &[u8]) -> Vec<u8> {
    let mut frame = (body.len() as u32).to_be_bytes().to_vec();
    frame.extend_from_slice(body);
    frame
}

fn request(api_key: u16, version: i16, body: &[u8]) -> Vec<u8> {
    let mut request = api_key.to_be_bytes().to_vec();
    request.extend_from_slice(&version.to_be_bytes());
    request.extend_from_slice(&7_i32.to_be_bytes());
    request.extend_from_slice(&[0, 1, b'x']);
    request.extend_from_slice(body);
    framed(&request)
}

/// What comes back until the server ends the connection.
async fn answer(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("connect");
    stream.write_all(bytes).await.expect("write");
    let mut answer = Vec::new();
    // A reset in place of an orderly end is an end too.
    let _ = within(stream.read_to_end(&mut answer)).await;
    answer
}

/// The beginning of what comes back.
async fn first_answer(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("connect");
    stream.write_all(bytes).await.expect("write");
    let mut answer = vec![0; 64];
    let length = within(stream.read(&mut answer)).await.expect("an answer");
    answer.truncate(length);
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_ends_the_connection_and_nothing_else() {
    let bed = Bed::new().await;
    bed.topic("sturdy", 1).await;
    let spu = {
        let spus = bed.admin.all::<fluvio::metadata::spu::SpuSpec>().await.expect("list");
        spus[0].spec.public_endpoint.addr()
    };
    let rows = [
        framed(&[]),
        framed(&[0xff; 40]),
        (-1_i32).to_be_bytes().to_vec(),
        i32::MAX.to_be_bytes().to_vec(),
        request(9_999, 1, &[]),
        request(2_000, 25, &[]),
        request(1, 25, &[]),
        request(0, 25, &[0xff; 64]),
        request(1_003, 25, &[0x7f; 64]),
        request(1_003, 19, b"\0\x03Foo\0\0\0\0"),
        request(1_004, 19, b"\0\x03Foo\0\0\0\0"),
    ];
    for address in [spu.clone(), bed.cluster.endpoint()] {
        for bytes in &rows {
            assert_eq!(answer(&address, bytes).await, Vec::<u8>::new(), "{bytes:?} to {address}");
        }
    }
    for address in [spu, bed.cluster.endpoint()] {
        let from_the_future = request(18, i16::MAX, b"\0\x01x\0\0\0\0");
        assert_ne!(first_answer(&address, &from_the_future).await, Vec::<u8>::new(), "versions are told to anyone");
    }
    bed.produce("sturdy", &values(0, 0..5)).await;
    let mut stream = bed.open(&mut consumer("sturdy", 0, 0)).await;
    assert_eq!(read_values(&mut stream, 5).await, values(0, 0..5));
}
