//! The file of the points that InfluxDB refuses: line protocol, each cause as a comment before its lines; bounded, and on disk before
//! the writer goes on. Totals in it are of their revision: written by hand they belong only where the stored `rev` is lower.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::refusal::Refusal;
use super::verdict::shortened;

/// Where the file lies, and how long it may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedFile {
    pub path: PathBuf,
    pub bytes_max: u64,
}

/// Why refused points could not be put down.
#[derive(Debug, thiserror::Error)]
pub enum RefusedFileError {
    #[error("{} has {bytes} bytes, and {more} more are above its bound of {bytes_max}: look into it, mend what refuses them, and move it away", path.display())]
    Full { path: PathBuf, bytes: u64, more: u64, bytes_max: u64 },
    #[error("append refused points to {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl RefusedFile {
    pub const BYTES_MAX: u64 = 64 * 1024 * 1024;

    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), bytes_max: Self::BYTES_MAX }
    }

    /// Appends the points, and returns once they are on disk. The file is made when there is something to put into it.
    pub(super) fn append(&self, refusals: &[Refusal]) -> Result<(), RefusedFileError> {
        let text: String = refusals.iter().map(text_of).collect();
        let failed = |source| RefusedFileError::Write { path: self.path.clone(), source };
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&self.path).map_err(failed)?;
        let bytes = whole_lines(&mut file).map_err(failed)?;
        let more = text.len() as u64;
        if bytes.saturating_add(more) > self.bytes_max {
            return Err(RefusedFileError::Full { path: self.path.clone(), bytes, more, bytes_max: self.bytes_max });
        }
        append(&mut file, bytes, &text).map_err(failed)?;
        if bytes == 0 { sync_parent(&self.path).map_err(failed) } else { Ok(()) }
    }

    /// Whether there are refused points that nobody has taken away yet.
    pub(super) fn is_waiting(&self) -> bool {
        self.path.metadata().is_ok_and(|file| file.len() > 0)
    }
}

/// Cuts the end of a write that was cut, and returns how long the file then is: part of a line may be a whole point with another value
/// or time. What is cut was never said to be on disk, and is put down again.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let bytes = file.metadata()?.len();
    if bytes == 0 || byte_before(file, bytes)? == b'\n' {
        return Ok(bytes);
    }
    let mut all = Vec::new(); // within the bound of the file
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut all)?;
    let whole = all.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at as u64 + 1);
    file.set_len(whole)?;
    Ok(whole)
}

fn byte_before(file: &mut File, end: u64) -> io::Result<u8> {
    let mut last = [0];
    file.seek(SeekFrom::Start(end - 1))?;
    file.read_exact(&mut last)?;
    Ok(last[0])
}

/// All of it, or nothing.
fn append(file: &mut File, bytes: u64, text: &str) -> io::Result<()> {
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
    if written.is_err() {
        file.set_len(bytes)?;
    }
    written
}

/// A new file's name is on disk once its directory is.
fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

fn text_of(refusal: &Refusal) -> String {
    let cause: String =
        shortened(&refusal.cause).chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let mut text = format!("# {}: {cause}\n", refusal.reason);
    refusal.points.iter().for_each(|point| text.push_str(point.line()));
    text
}

#[cfg(test)]
mod tests {
    use adx_events::time::WindowStart;

    use super::*;
    use crate::encoded::{EncodedPoint, Revision};
    use crate::line_protocol::Line;
    use crate::writer::refusal::RefusalReason;

    fn refusal(cause: &str, count: i64) -> Refusal {
        let point = |n| {
            let at = WindowStart::from_seconds(60 * n).expect("a small number");
            EncodedPoint::new(Line::new("m", at).integer("f", n), Revision(0)).expect("a valid point")
        };
        Refusal { reason: RefusalReason::Retention, cause: cause.into(), points: (0..count).map(point).collect() }
    }

    #[test]
    fn causes_stand_as_comments_before_their_points() {
        let dir = tempfile::tempdir().unwrap();
        let file = RefusedFile::new(dir.path().join("refused-points.lp"));
        file.append(&[refusal("too old\nby an hour", 2), refusal(&"é".repeat(600), 1)]).unwrap();
        let long = "é".repeat(256);
        let expected =
            format!("# retention: too old by an hour\nm f=0i 0\nm f=1i 60\n# retention: {long}…\nm f=0i 0\n");
        assert_eq!(std::fs::read_to_string(&file.path).unwrap(), expected);
    }

    #[test]
    fn it_grows_to_its_bound_and_mends_a_cut_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("refused-points.lp");
        std::fs::write(&path, "# cut\nm f=1i 1772").unwrap();
        let file = RefusedFile { path: path.clone(), bytes_max: 60 };
        file.append(&[refusal("x", 1)]).unwrap();
        let kept = std::fs::read_to_string(&path).unwrap();
        assert_eq!(kept, "# cut\n# retention: x\nm f=0i 0\n");
        let error = file.append(&[refusal("x", 3)]).unwrap_err();
        assert!(matches!(error, RefusedFileError::Full { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), kept);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let file = RefusedFile::new("/nowhere/refused-points.lp");
        let error = file.append(&[refusal("x", 1)]).unwrap_err();
        assert!(error.to_string().contains("/nowhere/refused-points.lp"), "{error}");
    }
}
