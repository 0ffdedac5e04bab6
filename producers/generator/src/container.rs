//! Avro object container files, written in one go: header, then blocks of data, each followed by the sync marker.

use std::io::{self, Write};

use crate::codec::Codec;
use crate::datum::{push_long, push_text};

/// Data of a block before compression.
const BLOCK_BYTES: usize = 64 * 1024;

pub(crate) struct Container<W> {
    out: W,
    sync: [u8; 16],
    codec: Codec,
    count: i64,
    block: Vec<u8>,
}

impl<W: Write> Container<W> {
    pub(crate) fn create(mut out: W, schema: &str, sync: [u8; 16], codec: Codec) -> io::Result<Self> {
        let mut header = b"Obj\x01".to_vec();
        push_long(&mut header, 2);
        push_text(&mut header, "avro.codec");
        push_text(&mut header, codec.name());
        push_text(&mut header, "avro.schema");
        push_text(&mut header, schema);
        push_long(&mut header, 0);
        header.extend_from_slice(&sync);
        out.write_all(&header)?;
        Ok(Self { out, sync, codec, count: 0, block: Vec::with_capacity(2 * BLOCK_BYTES) })
    }

    pub(crate) fn write(&mut self, datum: &[u8]) -> io::Result<()> {
        self.block.extend_from_slice(datum);
        self.count += 1;
        if self.block.len() >= BLOCK_BYTES { self.end_block() } else { Ok(()) }
    }

    pub(crate) fn get_ref(&self) -> &W {
        &self.out
    }

    fn end_block(&mut self) -> io::Result<()> {
        self.block = self.codec.compress(std::mem::take(&mut self.block))?;
        let mut head = Vec::with_capacity(20);
        push_long(&mut head, self.count);
        push_long(&mut head, self.block.len() as i64);
        for bytes in [&head[..], &self.block, &self.sync] {
            self.out.write_all(bytes)?;
        }
        self.count = 0;
        self.block.clear();
        Ok(())
    }

    /// Ends the block, so that all data written so far can be read.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.count > 0 {
            self.end_block()?;
        }
        self.out.flush()
    }

    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.out)
    }
}
