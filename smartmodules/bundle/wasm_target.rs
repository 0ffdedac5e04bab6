//! Finds a compiler and a standard library for WebAssembly. The build script of this crate and `cargo xtask setup` ask the same questions.
//!
//! In this order: the target's library as rustup installs it; that library built from its source, which lies beside the active compiler or
//! beside a distribution's (Debian: `rustc-web`, `rust-web-src`).

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target of every SmartModule: no system interface, only Fluvio's own.
pub const TARGET: &str = "wasm32-unknown-unknown";
const DISTRIBUTION_RUSTC: &str = "/usr/bin/rustc";
/// WebAssembly linkers by the names of distributions; an older one also links what a newer compiler makes.
const LINKER_NAMES: [&str; 12] = [
    "wasm-ld",
    "wasm-ld-22",
    "wasm-ld-21",
    "wasm-ld-20",
    "wasm-ld-19",
    "wasm-ld-18",
    "wasm-ld-17",
    "wasm-ld-16",
    "wasm-ld-15",
    "wasm-ld-14",
    "ld.lld",
    "lld",
];

/// How modules can be built on this machine.
#[derive(Debug)]
pub struct WasmTarget {
    pub rustc: PathBuf,
    pub library: Library,
}

/// Where the target's standard library comes from.
#[derive(Debug)]
pub enum Library {
    Installed,
    FromSource { linker: PathBuf },
}

/// Nothing on this machine can build for WebAssembly.
#[derive(Debug)]
pub struct Missing {
    tried: Vec<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no standard library for {TARGET} ({}); run `cargo xtask setup`", self.tried.join("; "))
    }
}

impl std::error::Error for Missing {}

impl fmt::Display for WasmTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rustc = self.rustc.display();
        match &self.library {
            Library::Installed => write!(f, "{TARGET} as installed for {rustc}"),
            Library::FromSource { linker } => write!(f, "{TARGET} from source with {rustc} and {}", linker.display()),
        }
    }
}

impl WasmTarget {
    /// Asks the active compiler, then a distribution's that is at least `rust_version`.
    pub fn find(rust_version: &str) -> Result<Self, Missing> {
        let active = PathBuf::from(std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")));
        if is_library_dir(&query(&active, &["--print", "target-libdir", "--target", TARGET])) {
            return Ok(Self { rustc: active, library: Library::Installed });
        }
        let mut tried = Vec::new();
        for rustc in [active.clone(), PathBuf::from(DISTRIBUTION_RUSTC)] {
            match source_build(&rustc, &active, rust_version) {
                Ok(linker) => return Ok(Self { rustc, library: Library::FromSource { linker } }),
                Err(reason) => tried.push(format!("{}: {reason}", rustc.display())),
            }
        }
        tried.dedup();
        Err(Missing { tried })
    }
}

/// The linker with which `rustc` builds the library from source, or what is in the way.
fn source_build(rustc: &Path, active: &Path, rust_version: &str) -> Result<PathBuf, String> {
    let version = query(rustc, &["--version"]).ok_or("not found")?;
    if version_number(&version) < version_number(rust_version) {
        return Err(format!("{version} is older than {rust_version}"));
    }
    let sysroot = sysroot(rustc).ok_or("does not tell its sysroot")?;
    if !sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").is_file() {
        return Err("its library's source (rust-src) is not installed".to_owned());
    }
    let bundled =
        [Some(sysroot), self::sysroot(active)].into_iter().flatten().find_map(|sysroot| bundled_linker(&sysroot));
    bundled.or_else(linker_in_path).ok_or_else(|| "no linker for WebAssembly (lld) is installed".to_owned())
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    query(rustc, &["--print", "sysroot"]).map(PathBuf::from)
}

fn is_library_dir(dir: &Option<String>) -> bool {
    let Some(entries) = dir.as_ref().and_then(|dir| std::fs::read_dir(dir).ok()) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

/// The linker that comes with a compiler lies under the name of its host.
fn bundled_linker(sysroot: &Path) -> Option<PathBuf> {
    let hosts = std::fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
    hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|linker| linker.is_file())
}

fn linker_in_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    LINKER_NAMES.iter().find_map(|name| dirs.iter().map(|dir| dir.join(name)).find(|linker| linker.is_file()))
}

/// First line of what the compiler answers; none where it cannot be run.
fn query(rustc: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(rustc).args(args).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// Major and minor number of the first word that is a version: "rustc 1.96.0 (ac68faa20 2026-05-25)" is (1, 96).
fn version_number(text: &str) -> (u32, u32) {
    let number =
        text.split(' ').find(|word| word.starts_with(|first: char| first.is_ascii_digit())).unwrap_or_default();
    let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}
