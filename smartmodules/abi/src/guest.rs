//! One module instance: its input and output buffers and its transform. The exports are thin calls into it.

use crate::output::Output;
use crate::params::Params;
use crate::transform::{Transform, run};

/// What an instance keeps between calls. Its memory grows with the largest batch and with nothing else.
#[derive(Debug, Default)]
pub struct Guest<T> {
    input: Vec<u8>,
    output: Output,
    transform: T,
}

impl<T: Transform> Guest<T> {
    /// The place where the host puts the next input of `len` bytes.
    ///
    /// # Panics
    /// When there is no such memory: the host copies without checking, so it must not get a place that is too small.
    pub fn alloc(&mut self, len: usize) -> &mut [u8] {
        if self.input.len() < len {
            self.input.resize(len, 0);
        }
        &mut self.input[..len]
    }

    /// Handles the encoded parameters that lie in the input buffer.
    ///
    /// # Panics
    /// When `len` is more than was allocated: such a host is broken.
    pub fn init(&mut self, len: usize) {
        self.transform.init(&Params::parse(&self.input[..len]));
    }

    /// Handles the encoded batch that lies in the input buffer; the answer stays until the next call.
    ///
    /// # Panics
    /// When `len` is more than was allocated: such a host is broken.
    pub fn call(&mut self, len: usize, version: i16) -> &[u8] {
        run(&mut self.transform, &self.input[..len], version, &mut self.output);
        self.output.as_bytes()
    }

    /// The transform as it stands.
    pub fn transform(&self) -> &T {
        &self.transform
    }
}
