//! Laws and tables of the row framer.

use super::*;
use proptest::prelude::*;

/// A row (its length and how it begins), or a reason and the length of what was read.
type Found = Result<(usize, String), (Reason, u64)>;

fn found_row(row: &[u8]) -> Found {
    Ok((row.len(), String::from_utf8_lossy(&row[..row.len().min(100)]).into_owned()))
}

/// The rule as it is written down, over the whole input at once, one byte at a time.
fn naive(data: &[u8]) -> Vec<Found> {
    let (mut found, mut pos) = (Vec::new(), 0);
    while pos < data.len() {
        let (first, after_first) = line_end(data, pos);
        let Some(end) = naive_row_end(data, pos) else {
            let length = first - pos;
            let reason = if length > RECORD_BYTES_MAX { Reason::TooLarge } else { Reason::BadRow };
            found.push(Err((reason, length as u64)));
            pos = after_first;
            continue;
        };
        let (end, after) = line_end(data, end);
        match end - pos {
            0 => {}
            length if length > RECORD_BYTES_MAX => found.push(Err((Reason::TooLarge, length as u64))),
            _ => found.push(found_row(&data[pos..end])),
        }
        pos = after;
    }
    found
}

fn naive_row_end(data: &[u8], pos: usize) -> Option<usize> {
    let (mut i, mut quoted, mut cell_start) = (pos, false, true);
    while i < data.len() && i - pos < RECORD_BYTES_MAX {
        let (c, next) = (data[i], data.get(i + 1));
        if quoted && c == b'"' {
            match next {
                Some(b'"') => i += 1,
                None | Some(b',' | b'\r' | b'\n') => quoted = false,
                Some(_) => break,
            }
        } else if !quoted && (c == b'\r' || c == b'\n') {
            break;
        } else if cell_start && c == b'"' {
            quoted = true;
        }
        cell_start = c == b',' && !quoted;
        i += 1;
    }
    (!quoted).then_some(i)
}

fn line_end(data: &[u8], from: usize) -> (usize, usize) {
    let end = (from..data.len()).find(|i| matches!(data[*i], b'\r' | b'\n')).unwrap_or(data.len());
    let pair = data.get(end..end + 2) == Some(b"\r\n");
    (end, (end + if pair { 2 } else { 1 }).min(data.len()))
}

/// Frames `data` in a buffer that grows by the given amounts (in turn), only when the framer asks for more.
fn framed(data: &[u8], cuts: &[usize]) -> Vec<Found> {
    let (mut framer, mut start, mut filled, mut found) = (Framer::default(), 0, 0, Vec::new());
    let mut cuts = cuts.iter().cycle();
    loop {
        let buffer = &data[start..filled];
        let consumed = match framer.next(buffer, filled == data.len()) {
            Step::Row { row, consumed } => {
                found.push(found_row(&buffer[row]));
                consumed
            }
            Step::Bad { marker, consumed } => {
                found.push(Err((marker.reason, marker.length)));
                consumed
            }
            Step::NeedMore { consumed } => {
                assert!(filled < data.len() || consumed > 0, "asks for more at the end");
                assert!(consumed > 0 || buffer.len() < BUFFER_BYTES_MIN, "holds more than a row");
                filled = (filled + cuts.next().unwrap()).min(data.len());
                consumed
            }
            Step::End => {
                assert!(filled == data.len() && buffer.iter().all(|b| matches!(b, b'\r' | b'\n')));
                return found;
            }
        };
        start += consumed;
    }
}

fn show(data: &[u8]) -> Vec<String> {
    let shown = |f: Found| f.map_or_else(|(r, _)| format!("!{r}"), |(_, row)| row);
    framed(data, &[data.len().max(1)]).into_iter().map(shown).collect()
}

#[test]
fn rows_end_where_the_contract_says() {
    let table: [(&str, &[&str]); 13] = [
        ("", &[]),
        ("\n\r\n\r", &[]),
        ("a,b\nc\r\nd\re", &["a,b", "c", "d", "e"]),
        ("\"a\nb\",c\nd", &["\"a\nb\",c", "d"]),
        ("\"a\"\"\r\n\",c\r\nd", &["\"a\"\"\r\n\",c", "d"]),
        ("a\"b\nc", &["a\"b", "c"]),
        ("a,\"b\nc\nd", &["!bad_row", "c", "d"]),
        ("\"a\"b\n\"c\"", &["!bad_row", "\"c\""]),
        ("\"a\" ,b\nc", &["!bad_row", "c"]),
        ("\"\n\"\"\n\"", &["\"\n\"\"\n\""]),
        ("\"\n\"\"x\nc", &["!bad_row", "!bad_row", "c"]),
        ("x,\"\"", &["x,\"\""]),
        ("\"\"\"\"\n\"\"\"", &["\"\"\"\"", "!bad_row"]),
    ];
    for (data, expected) in table {
        assert_eq!(show(data.as_bytes()), expected, "{data:?}");
    }
}

#[test]
fn sizes_at_the_bound() {
    let a = |n: usize| "a".repeat(n);
    let max = RECORD_BYTES_MAX;
    let table = [
        (a(max) + "\nb", vec![Ok(max), Ok(1)]),
        (a(max) + "\r\nb", vec![Ok(max), Ok(1)]),
        (a(max + 1) + "\rb", vec![Err((Reason::TooLarge, max as u64 + 1)), Ok(1)]),
        (a(max + 1), vec![Err((Reason::TooLarge, max as u64 + 1))]),
        (a(3 * max) + "\r\nb", vec![Err((Reason::TooLarge, 3 * max as u64)), Ok(1)]),
        // the closing quote is the last byte that counts, or one too far
        (format!("\"{}\"\nb", a(max - 2)), vec![Ok(max), Ok(1)]),
        (format!("\"{}\"\nb", a(max - 1)), vec![Err((Reason::TooLarge, max as u64 + 1)), Ok(1)]),
        (format!("\"\n{}\"\nb", a(max - 3)), vec![Ok(max), Ok(1)]),
        (format!("\"\n{}\"\nb", a(max - 2)), vec![Err((Reason::BadRow, 1)), Ok(max - 1), Ok(1)]),
        (format!("\"{}\n\"", a(max - 1)), vec![Err((Reason::BadRow, max as u64)), Err((Reason::BadRow, 1))]),
        // closed within the bound, and the row goes on past it, where quotes mean nothing
        (
            format!("\"\n{}\",\"\n\"", a(max - 3)),
            vec![Err((Reason::TooLarge, max as u64 + 2)), Err((Reason::BadRow, 1))],
        ),
        (format!("\"{}\"\"", a(max - 2)), vec![Err((Reason::TooLarge, max as u64 + 1))]),
    ];
    for (data, expected) in table {
        assert_eq!(
            naive(data.as_bytes()).into_iter().map(|f| f.map(|(length, _)| length)).collect::<Vec<_>>(),
            expected
        );
        for cuts in [&[1_000_000][..], &[max], &[max - 1, 1], &[max + 1], &[4_093]] {
            let found: Vec<_> =
                framed(data.as_bytes(), cuts).into_iter().map(|f| f.map(|(length, _)| length)).collect();
            assert_eq!(found, expected, "{cuts:?} {}", &data[..data.len().min(9)]);
        }
    }
}

#[test]
fn a_marker_does_not_depend_on_how_the_buffer_is_cut() {
    let data = "a".repeat(3 * RECORD_BYTES_MAX);
    let marker = |step: usize| {
        let (mut framer, mut start, mut filled) = (Framer::default(), 0, 0);
        loop {
            match framer.next(&data.as_bytes()[start..filled], filled == data.len()) {
                Step::NeedMore { consumed } => (start, filled) = (start + consumed, (filled + step).min(data.len())),
                Step::Bad { marker, .. } => return marker,
                other => panic!("{other:?}"),
            }
        }
    };
    assert_eq!(marker(10_000), marker(data.len()));
}

#[test]
fn a_file_s_rows_are_text_without_its_byte_order_mark() {
    let data = b"\xef\xbb\xbfa,b\n\xff\n\"x\n1,2";
    assert_eq!(rows(data).collect::<Vec<_>>(), [Ok("a,b"), Err(Reason::BadRow), Err(Reason::BadRow), Ok("1,2")]);
}

proptest! {
    #[test]
    fn agrees_with_the_rule_however_the_buffer_is_cut(
        data in proptest::collection::vec(proptest::sample::select(b"aa\"\"\",,\n\r".to_vec()), 0..60),
        cuts in proptest::collection::vec(1..9usize, 1..6),
    ) {
        prop_assert_eq!(framed(&data, &cuts), naive(&data));
    }

    #[test]
    fn agrees_with_the_rule_around_the_bound(
        head in "[a\",\n]{0,4}", before in 0..6usize, tail in proptest::collection::vec(proptest::sample::select(b"aa\"\",\n\r".to_vec()), 0..16),
        cuts in proptest::collection::vec(100_000..300_000usize, 1..4),
    ) {
        let mut data = head.into_bytes();
        data.resize(RECORD_BYTES_MAX - before, b'a');
        data.extend_from_slice(&tail);
        prop_assert_eq!(framed(&data, &cuts), naive(&data));
    }

    #[test]
    fn cells_are_those_of_the_csv_crate(cells_in in proptest::collection::vec("[a\",\r\n é]{0,5}", 1..6)) {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
        writer.write_record(&cells_in).unwrap();
        let data = writer.into_inner().unwrap();
        let framed: Vec<_> = rows(&data).collect();
        let [Ok(row)] = framed[..] else { panic!("{framed:?}") };
        prop_assert_eq!(cells(row).collect::<Vec<_>>(), cells_in);
    }

    #[test]
    fn a_framed_row_splits_as_the_csv_crate_splits_it(text in "[a\",]{1,12}") {
        if let [Ok(row)] = rows(text.as_bytes()).collect::<Vec<_>>()[..] {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(cells(row).collect::<Vec<_>>(), record.iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_text_has_cells(text in "[a\",\n]{0,12}") {
        prop_assert!(cells(&text).count() >= 1);
    }
}
