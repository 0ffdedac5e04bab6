//! The generated input: made once, with a fixed seed, and kept under the target directory.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use adx_events::topic::Topic;
use adx_generator::{Settings, Share, generate};
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// 1 million impressions, 2 million bid requests, about 60,000 clicks and conversions.
    Full,
    /// A tenth.
    Small,
}

impl Size {
    fn settings(self) -> Settings {
        let part = match self {
            Self::Full => 1,
            Self::Small => 10,
        };
        Settings {
            seed: 4,
            impressions: 1_000_000 / part,
            bids: 2_000_000 / part,
            click_rate: Share::of_million(51_700), // with orphans and conversions: 6 for 100 impressions
            users: 200_000 / part as u32,
            campaigns: 200,
            ..Settings::default()
        }
    }
}

/// A directory as `adx run` takes it.
#[derive(Debug, Clone)]
pub struct Input(PathBuf);

impl Input {
    /// Finds the input below `kept`, or makes it; `bar` is told how far that is.
    pub fn find_or_make(kept: &Path, size: Size, bar: &ProgressBar) -> Result<Self> {
        let settings = size.settings();
        let input = kept.join(format!("input-{:016x}", xxh3_64(format!("{settings:?}").as_bytes())));
        if !input.is_dir() {
            let unfinished = kept.join("input-unfinished");
            forget(&unfinished)?;
            bar.set_length(settings.impressions + settings.bids);
            generate(&settings, &unfinished, |progress| bar.set_position(progress.done))
                .with_context(|| format!("generate the input of the measurements in {}", unfinished.display()))?;
            fs::rename(&unfinished, &input).with_context(|| format!("name the finished input {}", input.display()))?;
        }
        input.canonicalize().map(Self).with_context(|| format!("find the input {}", input.display()))
    }

    pub fn dir(&self) -> &Path {
        &self.0
    }

    /// An input that holds the records of one topic alone.
    pub fn only(&self, topic: Topic) -> Result<PathBuf> {
        let mut dir = self.0.clone().into_os_string();
        dir.push(format!("-{}", topic.input()));
        let dir = PathBuf::from(dir);
        let link = dir.join(topic.input());
        fs::create_dir_all(&dir).with_context(|| format!("make {}", dir.display()))?;
        if !link.is_dir() {
            let target = self.0.join(topic.input());
            symlink(&target, &link).with_context(|| format!("link {} to {}", link.display(), target.display()))?;
        }
        Ok(dir)
    }
}

fn forget(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}, left by a run that was cut short", dir.display()))
        }
        _ => Ok(()),
    }
}
