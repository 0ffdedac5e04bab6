//! Figures as text: one line each, numbers under one another.

use crate::measure::{Figure, Unit};
use crate::stats::{Spread, percent};

const HEAD: [&str; 9] = ["row", "events", "events/s", "min", "max", "CPU s/million", "min", "max", ""];

/// The table of all figures.
pub fn table(figures: &[Figure]) -> String {
    let rows = figures.iter().map(|figure| line(figure, figures));
    aligned(&std::iter::once(HEAD.map(str::to_owned)).chain(rows).collect::<Vec<_>>())
}

fn line(figure: &Figure, all: &[Figure]) -> [String; HEAD.len()] {
    let rate = figure.per_second;
    let rate = |of: fn(&Spread) -> f64| match figure.unit {
        Unit::Events => grouped(of(&rate)),
        Unit::Starts | Unit::Queries => format!("{:.2}", of(&rate)),
    };
    let cpu = |value: f64| format!("{value:.3}");
    [
        figure.row.clone(),
        grouped(figure.count as f64),
        rate(|s| s.median),
        rate(|s| s.min),
        rate(|s| s.max),
        cpu(figure.cpu_seconds.median),
        cpu(figure.cpu_seconds.min),
        cpu(figure.cpu_seconds.max),
        remark(figure, all),
    ]
}

/// What a figure says beside its numbers.
fn remark(figure: &Figure, all: &[Figure]) -> String {
    if let Some(peak) = figure.peak_bytes {
        return format!("peak memory {}", mebibytes(peak.median));
    }
    match figure.unit {
        Unit::Starts => return "CPU s of one start".to_owned(),
        Unit::Queries => {
            return format!("{:.0} ms, {:.0} at worst", 1e3 / figure.per_second.median, 1e3 / figure.per_second.min);
        }
        Unit::Events => {}
    }
    of_native(figure, all).map_or(String::new(), |percent| format!("{percent:.0} % of native"))
}

/// How fast the row is, by CPU time, in per cent of its native counterpart.
pub fn of_native(figure: &Figure, all: &[Figure]) -> Option<f64> {
    let stem = figure.row.strip_suffix(" wasm").or_else(|| figure.row.strip_suffix(" framed"))?;
    let native = format!("{stem} native");
    let native = all.iter().find(|other| other.row == native)?;
    percent(native.cpu_seconds.median, figure.cpu_seconds.median)
}

/// Columns as wide as their widest cell: the first and the last flush left, numbers flush right.
pub fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            line += &match column {
                0 => format!("{cell:<width$}"),
                _ if column + 1 == N => format!("   {cell}"),
                _ => format!("  {cell:>width$}"),
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A whole number with its thousands apart.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn mebibytes(bytes: f64) -> String {
    format!("{} MiB", grouped(bytes / f64::from(1 << 20)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Sample;
    use std::time::Duration;

    fn figure(row: &str, unit: Unit, count: u64, cpu_ms: u64, peak_bytes: Option<u64>) -> Figure {
        let sample = Sample { count, wall: Duration::from_millis(500), cpu: Duration::from_millis(cpu_ms), peak_bytes };
        Figure::of(row, unit, &[sample]).unwrap()
    }

    #[test]
    fn a_table() {
        let figures = [
            figure("run", Unit::Events, 1_000_000, 20_000, Some(812 << 20)),
            figure("decode bids native", Unit::Events, 100_000, 100, None),
            figure("decode bids wasm", Unit::Events, 100_000, 250, None),
            figure("start bids chain", Unit::Starts, 1, 450, None),
            figure("query totals", Unit::Queries, 1, 1, None),
        ];
        let expected = "\
row                    events   events/s        min        max  CPU s/million     min     max
run                 1,000,000  2,000,000  2,000,000  2,000,000         20.000  20.000  20.000   peak memory 812 MiB
decode bids native    100,000    200,000    200,000    200,000          1.000   1.000   1.000
decode bids wasm      100,000    200,000    200,000    200,000          2.500   2.500   2.500   40 % of native
start bids chain            1       2.00       2.00       2.00          0.450   0.450   0.450   CPU s of one start
query totals                1       2.00       2.00       2.00          0.001   0.001   0.001   500 ms, 500 at worst
";
        assert_eq!(table(&figures), expected);
    }

    #[test]
    fn thousands() {
        let table = [(0.0, "0"), (999.4, "999"), (1_000.0, "1,000"), (12_345_678.0, "12,345,678")];
        table.iter().for_each(|(number, text)| assert_eq!(grouped(*number), *text));
    }

    #[test]
    fn a_row_without_its_native_counterpart_has_no_ratio() {
        let wasm = figure("decode bids wasm", Unit::Events, 1, 1, None);
        assert_eq!(of_native(&wasm, std::slice::from_ref(&wasm)), None);
    }
}
