//! Where `adx run` spends its time, as Linux's `perf` sees it: by thread, by crate, by function.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::table::aligned;

/// Samples a second; a number that falls in step with nothing.
const FREQUENCY: &str = "499";
const LINES_MAX: usize = 25;
/// Of longer names the end tells more than the middle.
const NAME_CHARS_MAX: usize = 100;

/// Runs the command under `perf`, with its samples in `file`. None where there is no `perf`.
pub fn profile(command: &Command, file: &Path) -> Result<Option<String>> {
    let mut record = Command::new("perf");
    record.args(["record", "--quiet", "-e", "cpu-clock", "-F", FREQUENCY, "-o"]).arg(file).arg("--");
    record.arg(command.get_program()).args(command.get_args());
    match record.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        status => {
            let status = status.context("start perf record")?;
            ensure!(status.success(), "perf record of adx run ended with {status}: may this user sample programs?");
        }
    }
    let mut report = Command::new("perf");
    report.args(["report", "--stdio", "--no-children", "-F", "overhead,comm,dso,symbol", "-t", "\t", "-i"]).arg(file);
    let said = report.stdin(Stdio::null()).output().context("start perf report")?;
    ensure!(said.status.success(), "perf report ended with {}", said.status);
    Ok(Some(summary(&samples(&String::from_utf8_lossy(&said.stdout)))))
}

/// A line of perf's report.
#[derive(Debug, PartialEq)]
struct Line<'a> {
    percent: f64,
    thread: &'a str,
    object: &'a str,
    symbol: &'a str,
}

fn samples(report: &str) -> Vec<Line<'_>> {
    report.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect()
}

fn sample(line: &str) -> Option<Line<'_>> {
    let mut cells = line.split('\t').map(str::trim);
    let percent = cells.next()?.strip_suffix('%')?.parse().ok()?;
    let (thread, object, symbol) = (cells.next()?, cells.next()?, cells.next()?);
    // `[.]` or `[k]`: where it ran.
    let symbol = symbol.split_once("] ").map_or(symbol, |(_, name)| name);
    Some(Line { percent, thread, object, symbol })
}

/// The crate of a function; of what is none of ours or of Rust's, where it lies.
fn part<'a>(line: &Line<'a>) -> &'a str {
    if line.object.starts_with("[kernel") {
        return "kernel";
    }
    if line.object.starts_with("[JIT]") || line.object.starts_with("//anon") || line.object.contains("memfd:") {
        return "modules (compiled WebAssembly)";
    }
    of_path(line.symbol).unwrap_or(line.object)
}

/// The crate that a function's path begins with. What another crate does for a type of the standard library is that crate's.
fn of_path(path: &str) -> Option<&str> {
    let inner =
        path.trim_start_matches(['<', '&', '*', '[', '(']).trim_start_matches("mut ").trim_start_matches("dyn ");
    let name = inner.split_once("::").map(|(name, _)| name);
    let name = name.filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    match (path.split_once(" as "), name) {
        (Some((_, behaviour)), None | Some("core" | "alloc" | "std")) => of_path(behaviour),
        (_, name) => name,
    }
}

fn summary(lines: &[Line<'_>]) -> String {
    let (mut threads, mut parts, mut symbols) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for line in lines {
        *threads.entry(line.thread.to_owned()).or_insert(0.0) += line.percent;
        *parts.entry(part(line).to_owned()).or_insert(0.0) += line.percent;
        if part(line) != "modules (compiled WebAssembly)" {
            *symbols.entry(format!("{} ({})", shortened(line.symbol), part(line))).or_insert(0.0) += line.percent;
        }
    }
    [("thread", threads), ("crate", parts), ("function", symbols)].map(|(head, sums)| ranking(head, sums)).join("\n")
}

fn shortened(symbol: &str) -> String {
    match symbol.char_indices().nth(NAME_CHARS_MAX) {
        None => symbol.to_owned(),
        Some((cut, _)) => format!("{}…", &symbol[..cut]),
    }
}

/// The greatest sums, first.
fn ranking(head: &str, sums: BTreeMap<String, f64>) -> String {
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    let rows = sums.into_iter().take(LINES_MAX).map(|(name, percent)| ["".to_owned(), format!("{percent:.1}"), name]);
    let head = ["".to_owned(), "%".to_owned(), head.to_owned()];
    aligned(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
# Overhead\tCommand\tShared Object\tSymbol
#
 40.50%  \ttokio-rt-worker\tadx  \t[.] <adx_events::json::Scanner as core::iter::Iterator>::next
 20.00%  \tasync-exec\t[JIT] tid 77\t[.] 0x00007f0001
 10.00%  \ttokio-rt-worker\t[kernel.kallsyms]\t[k] copy_user_generic
  9.50%  \tasync-exec\tlibc.so.6\t[.] __memmove_avx
  5.00%  \tasync-exec\tadx\t[.] fluvio_protocol::core::decoder::decode_vec

 oddity
";

    #[test]
    fn lines_are_read_and_summed() {
        let lines = samples(REPORT);
        let parts: Vec<&str> = lines.iter().map(part).collect();
        assert_eq!(parts, ["adx_events", "modules (compiled WebAssembly)", "kernel", "libc.so.6", "fluvio_protocol"]);
        let text = summary(&lines);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(&lines[..3], ["%   thread", "50.5   tokio-rt-worker", "34.5   async-exec"]);
        assert!(lines.contains(&"9.5   __memmove_avx (libc.so.6)"), "{text}");
    }

    #[test]
    fn crates_of_functions() {
        let of = |symbol| part(&Line { percent: 1.0, thread: "t", object: "adx", symbol });
        let table = [
            ("adx_sink::worker::Worker::run::{{closure}}", "adx_sink"),
            ("<&mut adx_edge::lines::X as core::fmt::Debug>::fmt", "adx_edge"),
            ("core::ptr::drop_in_place<alloc::vec::Vec<u8>>", "core"),
            ("<u8 as fluvio_protocol::core::encoder::Encoder>::encode", "fluvio_protocol"),
            ("<alloc::vec::Vec<M> as fluvio_protocol::core::encoder::Encoder>::write_size", "fluvio_protocol"),
            ("ZSTD_compress", "adx"),
            ("0x0000000000004e52", "adx"),
        ];
        table.iter().for_each(|(symbol, expected)| assert_eq!(of(symbol), *expected, "{symbol}"));
        assert_eq!(shortened(&"é".repeat(101)), format!("{}…", "é".repeat(100)));
    }
}
