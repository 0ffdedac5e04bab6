//! One request on a connection of its own, without a client that would not send it.

use fluvio_protocol::api::{Request, RequestMessage};
use fluvio_protocol::{Decoder, Encoder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bed::within;

/// The answer, or `None` where the connection ends without one.
pub async fn ask<R: Request>(address: &str, request: R) -> Option<R::Response> {
    let mut message = RequestMessage::new_request(request);
    message.get_mut_header().set_api_version(R::DEFAULT_API_VERSION);
    let mut body = Vec::new();
    message.encode(&mut body, R::DEFAULT_API_VERSION).expect("encodes");
    let mut stream = TcpStream::connect(address).await.expect("connect");
    let mut frame = (body.len() as u32).to_be_bytes().to_vec();
    frame.append(&mut body);
    stream.write_all(&frame).await.expect("write");
    let length = within(stream.read_u32()).await.ok()?;
    let mut answer = vec![0; length as usize];
    within(stream.read_exact(&mut answer)).await.expect("the whole answer");
    let behind_the_correlation_id = &mut &answer[size_of::<i32>()..];
    Some(R::Response::decode_from(behind_the_correlation_id, R::DEFAULT_API_VERSION).expect("decodes"))
}
