//! What the tests of this crate share: a source whose reads are cut where a test says.

use std::io::{self, Read};

use crate::record::{Body, Records};

/// Gives its bytes in pieces of the given sizes, in turn; then the end, or an error.
pub(crate) struct Cuts {
    data: Vec<u8>,
    at: usize,
    sizes: Vec<usize>,
    reads: usize,
    fails: bool,
}

impl Cuts {
    pub(crate) fn new(data: Vec<u8>, sizes: &[usize]) -> Self {
        Self { data, at: 0, sizes: sizes.to_vec(), reads: 0, fails: false }
    }

    pub(crate) fn failing(data: Vec<u8>, sizes: &[usize]) -> Self {
        Self { fails: true, ..Self::new(data, sizes) }
    }
}

impl Read for Cuts {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.reads % self.sizes.len()];
        self.reads += 1;
        let count = size.min(out.len()).min(self.data.len() - self.at);
        if count == 0 && self.fails {
            return Err(io::Error::other("the source broke"));
        }
        out[..count].copy_from_slice(&self.data[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// All records as text: the record itself, or `!` and its marker's reason and length.
pub(crate) fn shown(mut records: Records) -> Vec<String> {
    let mut shown = Vec::new();
    while let Some(event) = records.next() {
        shown.push(match event.body {
            Body::Record(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Body::Marker(marker) => format!("!{} {}", marker.reason, marker.length),
        });
    }
    shown
}
