//! The rules as files: what `apply` sends, without ids and secrets.

use std::path::{Path, PathBuf};

use adx_alerts::{Declared, Object};
use anyhow::Context;

/// A `.flux` file for each check, and everything as `objects.json`.
pub(super) fn write(declared: &Declared, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<(PathBuf, String)> =
        checks(declared).map(|(name, flux)| (out.join(file_name(name)), flux.to_owned())).collect();
    files.push((out.join("objects.json"), objects(declared)));
    files.into_iter().map(|(path, text)| write_one(&path, &text).map(|()| path)).collect()
}

/// All of it as one text.
pub(super) fn printed(declared: &Declared) -> String {
    let checks = checks(declared).map(|(name, flux)| format!("// {}\n{flux}\n", file_name(name)));
    checks.chain([objects(declared)]).collect()
}

fn checks(declared: &Declared) -> impl Iterator<Item = (&str, &str)> {
    declared.objects.iter().filter_map(|object| Some((object.name.as_str(), object.flux()?)))
}

fn objects(declared: &Declared) -> String {
    let shown: Vec<_> = declared.objects.iter().map(Object::shown).collect();
    format!("{:#}\n", serde_json::json!(shown))
}

fn file_name(check: &str) -> String {
    format!("{}.flux", check.replace(' ', "-"))
}

fn write_one(path: &Path, text: &str) -> anyhow::Result<()> {
    let wrote = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, text));
    wrote.with_context(|| format!("write {}: name a directory with --out that can be written", path.display()))
}
