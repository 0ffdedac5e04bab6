//! The catalogue against a table of files and a plain list of spans.

use proptest::prelude::*;

use super::*;

const HEAD: &str = "ad_creative_id,campaign_id,advertiser_id,valid_from,valid_to\n";

fn refusal(text: &str) -> String {
    Catalogue::parse(text.as_bytes()).map(|c| c.campaigns()).unwrap_err().to_string()
}

fn at(ms: i64) -> EventTime {
    EventTime::from_ms(EventTime::MIN.as_ms() + ms).unwrap()
}

#[test]
fn a_span_holds_from_its_start_to_before_its_end() {
    let text = format!(
        "{HEAD}a,c1,v1,,2026-03-01T00:00:00Z\na,c2,v1,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z\r\n\r\nb,c1,v1,1772323200000,\n"
    );
    let catalogue = Catalogue::parse(text.as_bytes()).unwrap();
    let march = EventTime::parse(b"2026-03-01T00:00:00Z").unwrap();
    let of = |creative, ms: i64| {
        let index = catalogue.campaign_of_impression("", creative, EventTime::from_ms(march.as_ms() + ms).unwrap());
        (&**catalogue.name(index), &**catalogue.advertiser(index))
    };
    assert_eq!([of("a", -1), of("a", 0), of("a", 86_400_000)], [("c1", "v1"), ("c2", "v1"), (UNMAPPED, UNMAPPED)]);
    assert_eq!(
        [of("b", -1), of("b", 0), of("x", 0), of("", 0)],
        [(UNMAPPED, UNMAPPED), ("c1", "v1"), (UNMAPPED, UNMAPPED), (UNMAPPED, UNMAPPED)]
    );
}

#[test]
fn a_campaign_that_is_named_counts_if_known() {
    let catalogue = Catalogue::parse(format!("{HEAD}a,c1,v1,,\nb,c2,v2,,\n").as_bytes()).unwrap();
    let of = |named, creative| &**catalogue.name(catalogue.campaign_of_impression(named, creative, at(0)));
    assert_eq!(
        [of("c2", "a"), of("c9", "a"), of("", "b"), of(UNMAPPED, "b"), of("c9", "x")],
        ["c2", "c1", "c2", "c2", UNMAPPED]
    );
    assert_eq!(catalogue.known("c9"), CampaignIndex::UNMAPPED);
    assert_eq!(catalogue.known(""), CampaignIndex::UNMAPPED);
}

#[test]
fn columns_go_by_exact_name_and_the_last_of_a_double_one() {
    let text = "campaign_id,x,advertiser_id,campaign_id,ad_creative_id,AD_CREATIVE_ID\nc1,,v1,c2,\"a,1\",b\n";
    let catalogue = Catalogue::parse(text.as_bytes()).unwrap();
    let of = |creative| &**catalogue.name(catalogue.campaign_of_impression("", creative, at(0)));
    assert_eq!((of("a,1"), of("b"), catalogue.campaigns()), ("c2", UNMAPPED, 1));
}

#[test]
fn without_rows_nothing_is_mapped() {
    for text in ["", "\n\n", "\u{feff}", HEAD] {
        assert_eq!(Catalogue::parse(text.as_bytes()).unwrap().campaigns(), 0, "{text:?}");
    }
}

#[test]
fn what_is_refused_is_named_with_its_line() {
    let rows = [
        ("a,c1,v1,\n", "line 2 (row 2): the row has 4 cells where the header has 5"),
        ("\"a,c1,v1,,\n", "line 2 (row 2): the row cannot be read (bad_row)"),
        ("a,c1,v1,,\r\n\r\n\n\"x\n", "line 5 (row 3): the row cannot be read (bad_row)"),
        (",c1,v1,,\n", "line 2 (row 2): ad_creative_id is empty"),
        ("a,c1,v1,,\n\"b\nb\",c1,v1,,\n\n,c1,v1,,\n", "line 6 (row 4): ad_creative_id is empty"),
        ("a,c1,v1,yesterday,\n", "line 2 (row 2): valid_from \"yesterday\" is no time"),
        ("a,c1,v1,,-1\n", "line 2 (row 2): valid_to \"-1\" is no time"),
        ("a,c1,v1,1772323200000,1772323200000\n", "line 2 (row 2): valid_from is not before valid_to"),
        (
            "a,c1,v1,,\n\na,c2,v1,,\n",
            "line 4 (row 3): creative \"a\" has two campaigns at one time, here and at line 2 (row 2)",
        ),
        ("a,c1,v1,,\nb,c1,v2,,\n", "line 3 (row 3): campaign \"c1\" changes its advertiser, given at line 2 (row 2)"),
        // Both at once: as in the oracle the campaigns are looked at first.
        (
            "a,c1,v1,,\na,c2,v1,,\na,c1,v2,,\n",
            "line 3 (row 3): creative \"a\" has two campaigns at one time, here and at line 2 (row 2)",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(refusal(&format!("{HEAD}{text}")), format!("campaigns.csv, {expected}"), "{text:?}");
    }
    assert_eq!(
        refusal("campaign_id,advertiser_id\n"),
        "campaigns.csv, line 1 (row 1): the header lacks the column ad_creative_id"
    );
    assert_eq!(refusal("\n\"campaign_id\n"), "campaigns.csv, line 2 (row 1): the header cannot be read (bad_row)");
    for bad in ["", UNMAPPED, "c\\", "c\u{1}", &"c".repeat(65)] {
        let start = format!("campaigns.csv, line 2 (row 2): campaign_id {bad:?} is not 1 to 64");
        assert!(refusal(&format!("{HEAD}a,{bad},v1,,\n")).starts_with(&start), "{bad:?}");
        assert!(refusal(&format!("{HEAD}a,c1,{bad},,\n")).contains("advertiser_id"), "{bad:?}");
    }
}

#[test]
fn a_hundred_thousand_spans_of_one_creative_are_no_trouble() {
    let mut text = HEAD.to_owned();
    for n in 0..100_000u64 {
        // Scattered starts; every span touches its neighbours.
        let n = n * 7_919 % 100_000;
        let since = 1_000_000_000_000 + n * 1_000;
        text += &format!("a,c{},v1,{since},{}\n", n % 2, since + 1_000);
    }
    let catalogue = Catalogue::parse(text.as_bytes()).unwrap();
    assert_eq!(catalogue.spans.len(), 100_000);
    let of = |ms| &**catalogue.name(catalogue.campaign_of_impression("", "a", EventTime::from_ms(ms).unwrap()));
    assert_eq!(
        [of(999_999_999_999), of(1_000_000_000_000), of(1_000_000_001_999), of(1_000_100_000_000)],
        [UNMAPPED, "c0", "c1", UNMAPPED]
    );
}

proptest! {
    #[test]
    fn agrees_with_a_list_of_spans(
        given in proptest::collection::vec((0..3u8, 0..3u8, 0..2u8, 0..12i64, 1..6i64), 0..12),
        named in 0..4u8, creative in 0..4u8, now in 0..20i64,
    ) {
        let (mut text, mut refused) = (HEAD.to_owned(), None);
        let mut model: Vec<(u8, u8, u8, i64, i64)> = Vec::new();
        for (n, (creative, campaign, advertiser, since, length)) in given.into_iter().enumerate() {
            let until = since + length;
            text += &format!("{creative},c{campaign},v{advertiser},{},{}\n", at(since).as_ms(), at(until).as_ms());
            let against = |m: &&(u8, u8, u8, i64, i64)| {
                m.0 == creative && m.1 != campaign && since < m.4 && m.3 < until || m.1 == campaign && m.2 != advertiser
            };
            if refused.is_none() && model.iter().find(against).is_some() {
                refused = Some(RowNumber(n as u64 + 2));
            }
            model.push((creative, campaign, advertiser, since, until));
        }
        match Catalogue::parse(text.as_bytes()) {
            Err(error) => prop_assert_eq!(Some(error.place.row), refused),
            Ok(catalogue) => {
                prop_assert_eq!(refused, None);
                let own = model.iter().find(|m| m.1 == named);
                let found = own.or_else(|| model.iter().find(|m| m.0 == creative && m.3 <= now && now < m.4));
                let expected = found.map_or((UNMAPPED.into(), UNMAPPED.into()), |m| (format!("c{}", m.1), format!("v{}", m.2)));
                let index = catalogue.campaign_of_impression(&format!("c{named}"), &creative.to_string(), at(now));
                prop_assert_eq!((&**catalogue.name(index), &**catalogue.advertiser(index)), (&*expected.0, &*expected.1));
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(data in proptest::collection::vec(proptest::sample::select(&b"ad_creative_id,campaign_id,advertiser_id\n\r\n\",,x"[..]), 0..60)) {
        let _ = Catalogue::parse(&data);
        let _ = Catalogue::parse(&[HEAD.as_bytes(), &data].concat());
    }
}
