//! A table as text: aligned for people, CSV or JSON for programs.

use serde_json::{Map, Value};

use super::table::{Cell, Table};
use crate::cli::report::Format;

pub fn text(table: &Table, format: Format) -> String {
    match format {
        Format::Table => aligned(table),
        Format::Csv => csv(table),
        Format::Json => json(table),
    }
}

/// Columns as wide as their widest cell: texts flush left, numbers flush right.
fn aligned(table: &Table) -> String {
    let heads = || table.columns.iter().map(|column| column.head.to_owned()).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(for_people).collect()).collect();
    let is_text = |column: usize| table.rows.iter().any(|row| matches!(row[column], Cell::Text(_)));
    let width =
        |column: usize| lines.iter().chain([&heads()]).map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<(usize, bool)> = (0..table.columns.len()).map(|column| (width(column), is_text(column))).collect();
    let mut text = String::new();
    for line in [&heads()].into_iter().chain(&lines) {
        let padded = line
            .iter()
            .zip(&widths)
            .map(|(cell, &(width, left))| if left { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        text += padded.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    if table.rows.is_empty() {
        text += "nothing in this range (--reading shards reads what no task has summed yet)\n";
    }
    text
}

fn for_people(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => grouped(&count.to_string()),
        Cell::Micros(micros) => money(*micros),
        Cell::Share(share) => format!("{:.2}%", 100.0 * share),
        Cell::Amount(amount) => format!("{amount:.2}"),
        Cell::Nothing => String::new(),
    }
}

/// Cut to the hundredth, never rounded up to what was not spent.
fn money(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    format!("{sign}{}.{:02}", grouped(&(micros / 1_000_000).to_string()), micros % 1_000_000 / 10_000)
}

/// Digits with their thousands apart.
fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn csv(table: &Table) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let heads = table.columns.iter().map(|column| column.name.to_owned()).collect::<Vec<_>>();
    let rows = table.rows.iter().map(|row| row.iter().map(plain).collect::<Vec<_>>());
    for line in [heads].into_iter().chain(rows) {
        // Writing to memory cannot fail, and every line has as many cells.
        let _ = writer.write_record(&line);
    }
    writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(whole) | Cell::Micros(whole) => whole.to_string(),
        Cell::Share(float) | Cell::Amount(float) => float.to_string(),
        Cell::Nothing => String::new(),
    }
}

fn json(table: &Table) -> String {
    let object = |row: &Vec<Cell>| -> Value {
        let fields = table.columns.iter().zip(row).map(|(column, cell)| (column.name.to_owned(), value(cell)));
        fields.collect::<Map<_, _>>().into()
    };
    let rows: Vec<String> = table.rows.iter().map(|row| format!("  {}", object(row))).collect();
    if rows.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", rows.join(",\n")) }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => text.as_str().into(),
        Cell::Count(whole) | Cell::Micros(whole) => (*whole).into(),
        Cell::Share(float) | Cell::Amount(float) => (*float).into(),
        Cell::Nothing => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::Column;

    fn table(rows: Vec<Vec<Cell>>) -> Table {
        let column = |name| Column { name, head: name };
        Table { columns: vec![column("id"), column("cost")], rows }
    }

    #[test]
    fn money_and_counts_for_people() {
        let told = [0, 9_999, 1_234_567_890_123, -1_500_000].map(money);
        assert_eq!(told, ["0.00", "0.00", "1,234,567.89", "-1.50"]);
        assert_eq!(["1", "999", "1000", "-1234567"].map(grouped), ["1", "999", "1,000", "-1,234,567"]);
    }

    #[test]
    fn an_empty_answer_says_so() {
        assert_eq!(
            text(&table(vec![]), Format::Table),
            "id  cost\nnothing in this range (--reading shards reads what no task has summed yet)\n"
        );
        assert_eq!(text(&table(vec![]), Format::Csv), "id,cost\n");
        assert_eq!(text(&table(vec![]), Format::Json), "[]\n");
    }

    #[test]
    fn programs_get_names_quoted_and_money_in_micros() {
        let table = table(vec![
            vec![Cell::Text("a,\"b\"".into()), Cell::Micros(1_500_000)],
            vec![Cell::Nothing, Cell::Amount(0.5)],
        ]);
        assert_eq!(text(&table, Format::Csv), "id,cost\n\"a,\"\"b\"\"\",1500000\n,0.5\n");
        assert_eq!(
            text(&table, Format::Json),
            "[\n  {\"cost\":1500000,\"id\":\"a,\\\"b\\\"\"},\n  {\"cost\":0.5,\"id\":null}\n]\n"
        );
        assert_eq!(text(&table, Format::Table), "id     cost\na,\"b\"  1.50\n       0.50\n");
    }
}
