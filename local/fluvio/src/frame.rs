//! Frames on a connection: a big-endian `i32` length, then that many bytes.
//! Frames are bounded here, which the published codec does not do.

use std::io;
use std::sync::Arc;

use bytes::{Buf, BytesMut};
use fluvio_protocol::Encoder;
use fluvio_protocol::api::{RequestHeader, ResponseMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Mutex;

/// Bytes of the length before each frame.
const BYTES_PREFIX: usize = 4;
/// Twice the 32 MiB that a server takes for one batch.
const BYTES_FRAME_MAX: usize = 64 << 20;
const BYTES_READ: usize = 64 << 10;
/// Room made at once for an announced frame, which may never come: more than a usual batch.
const BYTES_READ_AHEAD_MAX: usize = 2 << 20;

/// Why a connection ended before its client closed it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    #[error("cannot read a request")]
    Read { source: io::Error },
    #[error("cannot write a response")]
    Write { source: io::Error },
    #[error("a request of {bytes} bytes is not between 0 and {BYTES_FRAME_MAX}")]
    Length { bytes: i32 },
    #[error("cannot decode a request")]
    Decode { source: io::Error },
    #[error("cannot decode or encode an object")]
    Object { source: anyhow::Error },
    #[error("{what} is not served by the local stand-in")]
    Unsupported { what: &'static str },
    #[error("a connection may hold {max} {what}")]
    TooMany { what: &'static str, max: usize },
    #[error("told to lose the answer")]
    Scripted,
}

/// Splits a connection into its requests and a place for responses.
pub(crate) fn split(stream: TcpStream) -> (Requests, Responses) {
    let (read, write) = stream.into_split();
    (Requests { read, buffer: BytesMut::new() }, Responses { write: Arc::new(Mutex::new(write)) })
}

/// Incoming frames.
pub(crate) struct Requests {
    read: OwnedReadHalf,
    buffer: BytesMut,
}

impl Requests {
    /// The next frame, or `None` at the end of the connection. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<Option<BytesMut>, ConnectionError> {
        loop {
            if let Some(frame) = take_frame(&mut self.buffer)? {
                return Ok(Some(frame));
            }
            self.buffer.reserve(missing(&self.buffer).clamp(BYTES_READ, BYTES_READ_AHEAD_MAX));
            let read = self.read.read_buf(&mut self.buffer).await;
            if read.map_err(|source| ConnectionError::Read { source })? == 0 {
                return Ok(None); // a frame cut by the end was never answered: the client knows
            }
        }
    }
}

fn take_frame(buffer: &mut BytesMut) -> Result<Option<BytesMut>, ConnectionError> {
    let Some(prefix) = buffer.first_chunk::<BYTES_PREFIX>() else { return Ok(None) };
    let announced = i32::from_be_bytes(*prefix);
    let length = usize::try_from(announced).ok().filter(|length| *length <= BYTES_FRAME_MAX);
    let length = length.ok_or(ConnectionError::Length { bytes: announced })?;
    if buffer.len() < BYTES_PREFIX + length {
        return Ok(None);
    }
    buffer.advance(BYTES_PREFIX);
    Ok(Some(buffer.split_to(length)))
}

/// How many bytes of the frame at the front are not there yet, as far as its length is known.
fn missing(buffer: &BytesMut) -> usize {
    let announced = buffer.first_chunk::<BYTES_PREFIX>().map_or(0, |prefix| i32::from_be_bytes(*prefix));
    (BYTES_PREFIX + usize::try_from(announced).unwrap_or(0)).saturating_sub(buffer.len())
}

/// Outgoing frames, shared by everything that answers on one connection.
#[derive(Clone)]
pub(crate) struct Responses {
    write: Arc<Mutex<OwnedWriteHalf>>,
}

impl Responses {
    /// Sends `response` to the request with `header`, in the version it was asked in.
    pub(crate) async fn send<P>(&self, header: &RequestHeader, response: P) -> Result<(), ConnectionError>
    where
        P: Encoder + Default,
    {
        let frame = encode(header, response).map_err(|source| ConnectionError::Write { source })?;
        let sent = self.write.lock().await.write_all(&frame).await;
        sent.map_err(|source| ConnectionError::Write { source })
    }
}

/// The length is taken from what was encoded: the published `write_size` is short for some types.
fn encode<P: Encoder + Default>(header: &RequestHeader, response: P) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; BYTES_PREFIX];
    ResponseMessage::from_header(header, response).encode(&mut frame, header.api_version())?;
    let length = i32::try_from(frame.len() - BYTES_PREFIX).map_err(io::Error::other)?;
    frame[..BYTES_PREFIX].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &[u8]) -> Result<Vec<Vec<u8>>, i32> {
        let mut buffer = BytesMut::from(bytes);
        let mut found = Vec::new();
        loop {
            match take_frame(&mut buffer) {
                Ok(Some(frame)) => found.push(frame.to_vec()),
                Ok(None) => return Ok(found),
                Err(ConnectionError::Length { bytes }) => return Err(bytes),
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn frames_are_cut_by_their_length() {
        assert_eq!(frames(b"\0\0\0\x02ab\0\0\0\0\0\0\0\x03cd"), Ok(vec![b"ab".to_vec(), Vec::new()]));
        assert_eq!(frames(b"\0\0"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_missing_is_what_was_announced() {
        let missing = |bytes: &[u8]| missing(&BytesMut::from(bytes));
        assert_eq!([missing(b""), missing(b"\0\0"), missing(b"\0\0\0\x09ab")], [4, 2, 7]);
        assert_eq!([missing(b"\0\0\0\x01ab"), missing(b"\xff\xff\xff\xff")], [0, 0]);
    }

    #[test]
    fn a_length_out_of_bounds_is_refused() {
        assert_eq!(frames(b"\xff\xff\xff\xff"), Err(-1));
        assert_eq!(frames(b"\x7f\xff\xff\xff"), Err(i32::MAX));
    }
}
