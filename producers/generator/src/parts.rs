//! One file being written, plain or gzipped, that knows its path when something fails.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::GenerateError;

const BUFFER_BYTES: usize = 256 * 1024;

enum Form {
    Plain(BufWriter<File>),
    /// Compressed in pieces of a buffer: a call of the compressor for every record costs more than compressing it.
    Gzip(Box<BufWriter<GzEncoder<File>>>),
}

/// A file of the output, and what it holds so far.
pub(crate) struct Part {
    path: PathBuf,
    form: Form,
}

impl Part {
    /// Creates the file; a path that ends in `.gz` is compressed.
    pub(crate) fn create(path: PathBuf) -> Result<Self, GenerateError> {
        let file = File::create_new(&path).map_err(GenerateError::io(&path))?;
        let form = match path.extension().is_some_and(|extension| extension == "gz") {
            true => {
                let encoder = GzEncoder::new(file, Compression::fast());
                Form::Gzip(Box::new(BufWriter::with_capacity(BUFFER_BYTES, encoder)))
            }
            false => Form::Plain(BufWriter::with_capacity(BUFFER_BYTES, file)),
        };
        Ok(Self { path, form })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Names the file in an error.
    pub(crate) fn tell(&self) -> impl FnOnce(io::Error) -> GenerateError + '_ {
        GenerateError::io(&self.path)
    }

    pub(crate) fn finish(self) -> Result<(), GenerateError> {
        let done = match self.form {
            Form::Plain(mut buffered) => buffered.flush(),
            Form::Gzip(buffered) => {
                buffered.into_inner().map_err(io::IntoInnerError::into_error).and_then(GzEncoder::finish).map(drop)
            }
        };
        done.map_err(GenerateError::io(&self.path))
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.form {
            Form::Plain(buffered) => buffered.write(bytes),
            Form::Gzip(buffered) => buffered.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            Form::Plain(buffered) => buffered.flush(),
            Form::Gzip(buffered) => buffered.flush(),
        }
    }
}
