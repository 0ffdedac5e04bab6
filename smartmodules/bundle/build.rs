//! Builds the five SmartModules for WebAssembly, in one call of cargo, and tells the crate where they lie.

mod wasm_target;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_target::{Library, TARGET, WasmTarget};

const MODULES: [&str; 5] = ["impressions", "clicks", "bids", "dedupe", "select"];
const PROFILE: &str = "wasm";
/// Vectors of 16 bytes, which every engine of Fluvio's has on; and fewer calls: its engine meters each (and each turn of a loop), which makes them dear.
const RUSTFLAGS: &str = "-C target-feature=+simd128 -C llvm-args=-inline-threshold=500";
/// What a process around this one may set for downloads and for sharing its job slots; all else of cargo's and the compiler's settings is for the host.
const CARGO_VARIABLES_KEPT: [&str; 6] =
    ["CARGO_HOME", "CARGO_MAKEFLAGS", "CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTRIES_", "CARGO_SOURCE_"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = directory("CARGO_MANIFEST_DIR")?.join("../..").canonicalize()?;
    for input in ["events", "smartmodules", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    let target = WasmTarget::find(&env::var("CARGO_PKG_RUST_VERSION")?)?;
    let out = directory("OUT_DIR")?;
    let intermediate = shared_build_dir(&out);
    forget_other_clone(&intermediate, &root)?;
    let status = cargo_build(&root, &target, &intermediate, &out).status()?;
    if !status.success() {
        return Err(format!("building the SmartModules for {target} ended with {status}").into());
    }
    println!("cargo::rustc-env=ADX_SMARTMODULES_DIR={}", out.join(TARGET).join(PROFILE).display());
    Ok(())
}

fn directory(variable: &str) -> Result<PathBuf, Box<dyn Error>> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("{variable} is not set by cargo").into())
}

/// A place beside the outer cargo's own files, which it keeps locked: the standard library is then built once for all that share them.
fn shared_build_dir(out: &Path) -> PathBuf {
    let outer =
        out.ancestors().find(|dir| dir.join(".rustc_info.json").is_file() || dir.join("CACHEDIR.TAG").is_file());
    outer.unwrap_or(out).join("smartmodules")
}

/// Cargo takes two clones of one workspace for the same and a module of the other for up to date; where the last build was another clone's, only
/// what is no crate of ours is kept.
fn forget_other_clone(intermediate: &Path, root: &Path) -> Result<(), Box<dyn Error>> {
    let stamp = intermediate.join("built-from");
    let clone = root.to_string_lossy();
    if fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == clone) {
        return Ok(());
    }
    let fingerprints = intermediate.join(TARGET).join(PROFILE).join(".fingerprint");
    for entry in fs::read_dir(fingerprints).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("adx-") {
            fs::remove_dir_all(entry.path())?;
        }
    }
    fs::create_dir_all(intermediate)?;
    Ok(fs::write(stamp, clone.as_bytes())?)
}

fn cargo_build(root: &Path, target: &WasmTarget, intermediate: &Path, out: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (variable, _) in env::vars_os() {
        let name = variable.to_string_lossy();
        let of_the_host =
            ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CLIPPY"].iter().any(|prefix| name.starts_with(prefix));
        if of_the_host && !CARGO_VARIABLES_KEPT.iter().any(|kept| name.starts_with(kept)) {
            cargo.env_remove(&variable);
        }
    }
    cargo.current_dir(root).args(["build", "--lib", "--profile", PROFILE]);
    cargo.args(MODULES.iter().flat_map(|module| ["--package".to_owned(), format!("adx-smartmodule-{module}")]));
    cargo.env("CARGO_BUILD_BUILD_DIR", intermediate).env("CARGO_TARGET_DIR", out);
    compile_for(target, &mut cargo);
    cargo
}

fn compile_for(target: &WasmTarget, cargo: &mut Command) {
    cargo.args(["--target", TARGET]).env("RUSTC", &target.rustc);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUSTFLAGS);
    if let Library::FromSource { linker } = &target.library {
        // Unstable in name only: it does what building the library by hand would.
        cargo.args(["-Z", "build-std=std,panic_abort"]).env("RUSTC_BOOTSTRAP", "1");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
}
