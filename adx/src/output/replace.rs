//! Replaces a file as a whole: readers see the old one or the new one.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A file under construction beside the one it will replace.
#[derive(Debug)]
pub struct Replacement {
    writer: BufWriter<File>,
    unfinished: PathBuf,
    path: PathBuf,
}

impl Replacement {
    /// Starts the file `name` of a directory.
    pub fn begin(directory: &Path, name: &str) -> anyhow::Result<Self> {
        let path = directory.join(name);
        let unfinished = directory.join(format!(".{name}.unfinished"));
        let file = File::create(&unfinished).with_context(|| format!("create {}", unfinished.display()))?;
        Ok(Self { writer: BufWriter::new(file), unfinished, path })
    }

    /// Puts the finished file in its place.
    pub fn finish(mut self) -> anyhow::Result<()> {
        let path = self.path.clone();
        let context = || format!("write {}", path.display());
        self.writer.flush().with_context(context)?;
        self.writer.get_ref().sync_all().with_context(context)?;
        std::fs::rename(&self.unfinished, &self.path).with_context(context)
    }
}

impl Drop for Replacement {
    /// Leaves nothing half done; once finished there is nothing to remove.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.unfinished);
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}
