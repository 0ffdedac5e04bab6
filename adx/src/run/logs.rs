//! Where the stand-in of a run keeps its topics.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Beside the results: that is where whoever runs it has room.
const NAME: &str = ".topics";

/// A directory that ends with the run. On disk, since the topics of a run outgrow the memory that the rest of it needs.
#[derive(Debug)]
pub struct Logs {
    dir: PathBuf,
}

impl Logs {
    /// Takes the place of what a run that was killed has left; refused while another run writes there.
    pub fn within(out: &Path) -> anyhow::Result<Self> {
        let dir = out.join(NAME);
        adx_local_fluvio::remove_data(&dir)
            .with_context(|| format!("make room for the topics of the run in {}", out.display()))?;
        Ok(Self { dir })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            eprintln!("warning: the topics of the run stay in {}: {error}; remove it", self.dir.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn what_a_killed_run_left_is_gone_before_and_after() {
        let out = TempDir::new().expect("a directory");
        let left = out.path().join(NAME).join("topics");
        fs::create_dir_all(&left).expect("made");
        let logs = Logs::within(out.path()).expect("free");
        assert!(!left.exists());
        fs::create_dir_all(logs.dir()).expect("made");
        drop(logs);
        assert_eq!(fs::read_dir(out.path()).expect("listed").count(), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn another_run_to_the_same_directory_is_refused() {
        let out = TempDir::new().expect("a directory");
        let first = Logs::within(out.path()).expect("free");
        let config = adx_local_fluvio::Config { data: Some(first.dir().to_owned()), ..Default::default() };
        let fluvio = adx_local_fluvio::LocalFluvio::start(config).await.expect("started");
        let refused = format!("{:#}", Logs::within(out.path()).expect_err("in use"));
        assert!(refused.contains("in use by another process"), "{refused}");
        fluvio.shutdown().await;
    }
}
