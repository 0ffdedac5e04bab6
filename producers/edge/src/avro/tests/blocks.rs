//! Blocks and files that are not sound: what they cost, and where reading resumes.

use super::*;

fn datum(name: &str) -> Vec<u8> {
    Bid::named(name).datum()
}

fn sound(name: &str) -> Vec<u8> {
    block(1, &datum(name))
}

/// What is read of a file with this between two sound blocks.
fn between(middle: &[u8]) -> Vec<String> {
    let file = [&header(SCHEMA, "null"), &sound("a"), middle, &sound("z")].concat();
    let read = read(&file);
    assert_eq!(read_cut(&file, &[1, 7]), read, "depends on how the file is cut");
    read
}

/// A block whose head is as given, and whose data is another.
fn headed(count: i64, size: i64, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_long(count, &mut out);
    write_long(size, &mut out);
    [&out, data, &SYNC].concat()
}

#[test]
fn a_bad_block_is_one_record_and_costs_no_other() {
    let b = datum("b");
    let size = b.len() as i64;
    let two = [&b[..], &b].concat();
    let table = [
        ("bytes left over", block(1, &two)),
        ("too few bytes", block(2, &b)),
        ("no record, bytes left over", block(0, &b)),
        ("a negative count", headed(-1, size, &b)),
        ("too many records", headed(1024 * 1024 + 1, size, &b)),
        ("a negative size", headed(1, -size, &b)),
        ("a size past any bound", headed(1, i64::MAX, &b)),
        ("a size past the file", headed(1, 60_000_000, &b)),
        ("a size too small by one", headed(1, size - 1, &b)),
        ("a size too large by one", headed(1, size + 1, &b)),
        ("a size that swallows the sync marker", headed(1, size + 20, &b)),
        ("a head that never ends", [vec![0xff; 30], SYNC.to_vec()].concat()),
        ("a length that is negative", block(1, &[1])),
        ("a text past the block", block(1, &[0x7e, b'a'])),
    ];
    for (what, middle) in table {
        assert_eq!(between(&middle), ["a", "!bad_avro", "z"], "{what}");
    }
    assert_eq!(between(&block(0, b"")), ["a", "z"]);
    assert_eq!(between(&block(2, &two)), ["a", "b", "b", "z"]);
}

#[test]
fn nothing_of_a_bad_block_is_given() {
    let data = [datum("b"), datum("c"), vec![1]].concat();
    assert_eq!(between(&block(3, &data)), ["a", "!bad_avro", "z"]);
}

#[test]
fn reading_resumes_at_the_next_sync_marker_also_within_what_a_size_spans() {
    let b = datum("b");
    // the size spans the two blocks after it
    let spanning = headed(1, (3 * b.len() + 40) as i64, &b);
    assert_eq!(between(&[spanning, sound("c"), sound("d")].concat()), ["a", "!bad_avro", "c", "d", "z"]);
    // a sync marker within the data of a bad block
    let inner = [&SYNC[..], &sound("c")].concat();
    let what_follows_is_taken_for_a_head = ["a", "!bad_avro", "c", "!bad_avro", "z"];
    assert_eq!(between(&[block(1, &inner), sound("lost")].concat()), what_follows_is_taken_for_a_head);
    let lost = &sound("b")[..sound("b").len() - 1];
    assert_eq!(between(&[lost, b"?"].concat()), ["a", "!bad_avro"]);
}

#[test]
fn a_file_that_is_cut_anywhere() {
    let whole = [header(SCHEMA, "null"), sound("a"), sound("b")].concat();
    let first = header(SCHEMA, "null").len() + sound("a").len();
    for cut in 1..=whole.len() {
        let expected: &[&str] = match cut {
            _ if cut < first - sound("a").len() => &["!bad_avro"],
            _ if cut == first - sound("a").len() => &[],
            _ if cut < first => &["!bad_avro"],
            _ if cut == first => &["a"],
            _ if cut < whole.len() => &["a", "!bad_avro"],
            _ => &["a", "b"],
        };
        assert_eq!(read(&whole[..cut]), expected, "cut at {cut}");
    }
    assert!(read(b"").is_empty());
    assert!(read(b"\xef\xbb\xbf").is_empty());
    assert_eq!(read(&[&b"\xef\xbb\xbf"[..], &whole].concat()), ["a", "b"]);
}

#[test]
fn files_without_a_readable_header_are_one_record() {
    let table = [
        b"Obj".to_vec(),
        b"Obj\x02".to_vec(),
        b"{\"json\":1}\n".repeat(200_000),
        header("{}", "null"),
        header("\"nothing\"", "null"),
        header(SCHEMA, "lzo"),
        header(SCHEMA, ""),
        header("\u{1}", "null"),
        [b"Obj\x01".to_vec(), vec![0; 17]].concat(),
        [b"Obj\x01".to_vec(), vec![0xff; 500]].concat(),
    ];
    for file in table {
        let file = [file, sound("a")].concat();
        let mut records = records(&file, &[60_000]);
        let event = records.next().unwrap();
        let Body::Marker(marker) = event.body else { panic!("{event:?}") };
        assert_eq!((marker.reason.as_str(), marker.length), ("bad_avro", file.len() as u64));
        assert!(records.next().is_none());
    }
}

#[test]
fn a_header_without_codec_or_with_other_entries() {
    let mut out = b"Obj\x01".to_vec();
    write_long(-2, &mut out);
    write_long(99, &mut out);
    for (key, value) in [("avro.schema", SCHEMA), ("other", "entry")] {
        write_string(key, &mut out);
        write_string(value, &mut out);
    }
    write_long(0, &mut out);
    out.extend_from_slice(&SYNC);
    assert_eq!(read(&[out, sound("a")].concat()), ["a"]);
}

#[test]
fn what_may_follow_the_compressed_data() {
    for codec in CODECS {
        let data = compressed(codec, &datum("b"));
        let file =
            |data: &[u8]| [header(SCHEMA, codec), block(1, data), block(1, &compressed(codec, &datum("z")))].concat();
        assert_eq!(read(&file(&data)), ["b", "z"], "{codec}");
        assert_eq!(read(&file(&data[..data.len() - 1])), ["!bad_avro", "z"], "{codec}");
        let more = read(&file(&[&data[..], b"\x01\x02\x03"].concat()));
        assert_eq!(more, if codec == "deflate" { ["b", "z"] } else { ["!bad_avro", "z"] }, "{codec}");
        assert_eq!(read(&file(b"")), ["!bad_avro", "z"], "{codec}");
    }
    let mut wrong_sum = compressed("snappy", &datum("b"));
    *wrong_sum.last_mut().unwrap() ^= 1;
    assert_eq!(read(&[header(SCHEMA, "snappy"), block(1, &wrong_sum)].concat()), ["!bad_avro"]);
}
