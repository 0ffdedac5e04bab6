//! Finds the files of an input: everything below a topic's directory, in byte order of the relative path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use adx_events::topic::Topic;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its path relative to the input, which names the source.
    pub relative: PathBuf,
}

/// Something that is not read, or not to its end.
#[derive(Debug)]
pub struct Unreadable {
    pub path: PathBuf,
    pub error: io::Error,
}

/// What was found below a topic's directory.
#[derive(Debug, Default)]
pub struct Found {
    pub files: Vec<InputFile>,
    pub unreadable: Vec<Unreadable>,
}

/// All files of a topic below `input`. A topic without directory has none; what is neither file nor directory is unreadable; links to directories are not followed.
pub fn find(input: &Path, topic: Topic) -> Found {
    let mut found = Found::default();
    let top = PathBuf::from(topic.input());
    match fs::metadata(input.join(&top)) {
        Ok(metadata) if metadata.is_dir() => walk(input, top, &mut found),
        Ok(_) => found.unreadable(input.join(top), io::Error::from(io::ErrorKind::NotADirectory)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => found.unreadable(input.join(top), error),
    }
    found.files.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
    found
}

/// Names need not be text; their order is that of their bytes, not of their components.
fn bytes(file: &InputFile) -> &[u8] {
    file.relative.as_os_str().as_encoded_bytes()
}

fn walk(input: &Path, top: PathBuf, found: &mut Found) {
    let mut directories = vec![top];
    while let Some(directory) = directories.pop() {
        let path = input.join(&directory);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) => {
                found.unreadable(path, error);
                continue;
            }
        };
        for entry in entries {
            match entry.and_then(|entry| Ok((directory.join(entry.file_name()), entry.file_type()?))) {
                Ok((relative, kind)) if kind.is_dir() => directories.push(relative),
                Ok((relative, _)) => found.entry(input, relative),
                Err(error) => found.unreadable(path.clone(), error),
            }
        }
    }
}

impl Found {
    /// Takes note of what is no directory itself, but may be a link.
    fn entry(&mut self, input: &Path, relative: PathBuf) {
        let path = input.join(&relative);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => self.files.push(InputFile { path, relative }),
            Ok(metadata) if metadata.is_dir() => {
                self.unreadable(
                    path,
                    io::Error::new(io::ErrorKind::Unsupported, "a link to a directory is not followed"),
                );
            }
            Ok(_) => self.unreadable(path, io::Error::new(io::ErrorKind::Unsupported, "not a regular file")),
            Err(error) => self.unreadable(path, error),
        }
    }

    fn unreadable(&mut self, path: PathBuf, error: io::Error) {
        self.unreadable.push(Unreadable { path, error });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(found: &Found) -> Vec<String> {
        found.files.iter().map(|f| String::from_utf8_lossy(bytes(f)).into_owned()).collect()
    }

    #[test]
    fn in_byte_order_of_the_whole_path() {
        let input = tempfile::tempdir().unwrap();
        for path in [
            "clicks/b.csv",
            "clicks/a/z.csv",
            "clicks/a-b.csv",
            "clicks/B.csv",
            "clicks/a.csv",
            "clicks/a/é/x",
            "other/x",
        ] {
            let path = input.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = find(input.path(), Topic::Clicks);
        let expected =
            ["clicks/B.csv", "clicks/a-b.csv", "clicks/a.csv", "clicks/a/z.csv", "clicks/a/é/x", "clicks/b.csv"];
        assert_eq!((relative(&found), found.unreadable.len()), (expected.map(str::to_owned).to_vec(), 0));
        assert!(find(input.path(), Topic::Bids).files.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_what_is_no_file() {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::fs::symlink;
        let input = tempfile::tempdir().unwrap();
        let bids = input.path().join("bids");
        fs::create_dir_all(bids.join("sub")).unwrap();
        fs::write(bids.join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
        symlink(bids.join("sub"), bids.join("sub/loop")).unwrap();
        symlink(bids.join("nowhere"), bids.join("broken")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(bids.join("socket")).unwrap();
        fs::write(input.path().join("clicks"), "").unwrap();
        let found = find(input.path(), Topic::Bids);
        assert_eq!((found.files.len(), found.unreadable.len()), (1, 3));
        assert_eq!(find(input.path(), Topic::Clicks).unreadable.len(), 1);
    }
}
