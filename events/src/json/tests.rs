//! The scanner against serde_json, and against a loop.

use super::*;
use proptest::prelude::*;

fn is_json(text: &str) -> bool {
    members(text, |_, _| {}).is_ok()
}

/// serde_json's word on the same text; it also refuses lone surrogates, which we leave to the caller.
fn serde_says(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}

/// Text that is nearly JSON: pieces of it strung together.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"a\"",
        "\"\"",
        "\"\\u0041\"",
        "\"\\n\"",
        "\"\\x\"",
        "1",
        "-0",
        "01",
        "1.5",
        "1.",
        "1e3",
        "1e",
        "-",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\t",
        "\u{b}",
        "\"é\"",
        "\"\u{1}\"",
        "NaN",
    ]);
    proptest::collection::vec(piece, 0..12).prop_map(|p| p.concat())
}

fn value() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec!["1", "-2.5e-3", "\"x\\\"y\"", "true", "null", "\"\"", "0"])
        .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(" , "))),
            proptest::collection::vec(inner, 0..4).prop_map(|v| {
                let members: Vec<_> = v.iter().enumerate().map(|(i, v)| format!("\"k{i}\": {v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn plain_bytes_end_where_a_loop_ends_them(bytes in proptest::collection::vec(prop_oneof![Just(b'a'), 0x1du8..0x24, 0x5au8..0x5e, any::<u8>()], 0..40)) {
        let naive = bytes.iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\').unwrap_or(bytes.len());
        prop_assert_eq!(plain_bytes(&bytes), naive);
    }

    #[test]
    fn agrees_with_serde_on_nearly_json(text in nearly_json()) {
        prop_assert_eq!(is_json(&text), serde_says(&text));
        let wrapped = format!("{{\"a\":{text}}}");
        prop_assert_eq!(is_json(&wrapped), serde_says(&wrapped));
    }

    #[test]
    fn agrees_with_serde_on_json_with_one_byte_changed(v in value(), at in any::<prop::sample::Index>(), byte in 0x20u8..0x7f) {
        let mut text = format!("{{\"a\":{v},\"b\":1}}").into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let text = String::from_utf8(text).unwrap();
        prop_assert_eq!(is_json(&text), serde_says(&text), "{}", text);
    }

    #[test]
    fn strings_decode_as_serde_decodes_them(s in any::<String>()) {
        let text = serde_json::json!({ "k": s }).to_string();
        let mut seen = None;
        members(&text, |_, v| seen = Some(v)).unwrap();
        let Some(Token::Text(t)) = seen else { panic!("no text") };
        prop_assert_eq!(t.decode().unwrap(), s);
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
    assert!(is_json(&nested(31)));
    assert!(!is_json(&nested(32)));
    assert!(!is_json(&nested(100_000)));
}

#[test]
fn surrogates() {
    let decoded = |json: &str| {
        let text = format!("{{\"k\":\"{json}\"}}");
        let mut seen = None;
        members(&text, |_, v| seen = Some(v)).unwrap();
        match seen {
            Some(Token::Text(t)) => t.decode().map(Cow::into_owned),
            _ => panic!("no text"),
        }
    };
    assert_eq!(decoded("\\ud83d\\ude00").as_deref(), Some("😀"));
    for lone in
        ["\\ud83d", "\\ude00", "\\ud83dx", "\\ud83d\\u0041", "\\ud83d\\n", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00"]
    {
        assert_eq!(decoded(lone), None, "{lone}");
    }
    assert!(is_json("{\"\\ud83d\":1}"));
}
