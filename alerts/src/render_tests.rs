//! Rendered texts: three as a whole, the rest by what must stand in them.

use super::*;
use crate::objects::Declared;

const SETTINGS: &str = "look = 'https://look.example.org/{series}'\n[endpoints.ops]\nkind = 'http'\nurl = 'http://h/'\n[endpoints.desk]\nkind = 'slack'\nurl_env = 'U'\n\
    [campaigns.c1.spend-without-clicks]\nspend_max = 20\n[campaigns.'c\"2'.spend-without-clicks]\nspend_max = 0.5\noff = true\n[rules.spend-without-clicks]\nnotify = ['ops']\n";
const PLAN: &str = "campaign_id,start,end,daily_budget,time_zone\nc1,2026-03-01,2026-03-31,120.50,Europe/Berlin\nc2,2026-03-01,2026-03-31,80,America/New_York\nc1,2026-05-01,2026-05-31,7,Europe/Berlin\n";

fn declared(text: &str) -> Declared {
    Declared::of(&Config::parse(text, |_| Ok(PLAN.to_owned())).unwrap())
}

fn flux(declared: &Declared, check: &str) -> String {
    let object = declared.objects.iter().find(|object| object.name == check);
    object.and_then(|object| object.flux()).unwrap_or_else(|| panic!("no check {check}")).to_owned()
}

/// `ADX_GOLDEN=write` takes a change over, for reading in the diff.
fn assert_golden(name: &str, text: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("ADX_GOLDEN").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(golden == text, "{} differs; ADX_GOLDEN=write takes it over:\n{text}", file.display());
}

#[test]
fn whole_texts() {
    let declared = declared(&format!("plan = 'p.csv'\n{SETTINGS}"));
    for (check, file) in [
        ("adx spend-without-clicks", "spend-without-clicks.flux"),
        ("adx no-impressions", "no-impressions.flux"),
        ("adx pace-under", "pace-under.flux"),
        ("adx receiver ops", "receiver-ops.flux"),
        ("adx series", "series.flux"),
    ] {
        assert_golden(file, &flux(&declared, check));
    }
    let off = self::declared("[rules.ctr-spike]\noff = true\n");
    assert_golden("off.flux", &flux(&off, "adx ctr-spike"));
}

#[test]
fn every_word_is_filled_in() {
    for declared in [declared(""), declared(&format!("plan = 'p.csv'\n{SETTINGS}")), declared(crate::DEFAULT_CONFIG)] {
        for object in &declared.objects {
            assert!(!object.flux().unwrap_or_default().contains('@'), "{}", object.name);
        }
    }
}

#[test]
fn a_rule_that_judges_nothing_ends_what_it_began() {
    let names = |text| declared(text).objects.into_iter().map(|object| object.name).collect::<Vec<_>>();
    let (bare, full) = (names(""), names(&format!("plan = 'p.csv'\n{SETTINGS}")));
    assert!(!bare.iter().any(|name| name.contains("receiver")), "{bare:?}");
    let pace = flux(&declared(""), "adx pace-over");
    assert!(
        pace.contains("off = (r) => true") && pace.contains("rule pace-over has no plan to go by, and was"),
        "{pace}"
    );
    for name in ["adx pace-over", "adx receiver desk", "adx receiver ops", "adx to desk"] {
        assert!(full.iter().any(|found| found == name), "{full:?}");
    }
}

#[test]
fn an_alert_of_a_receiver_goes_to_the_others_or_to_nobody_else() {
    let two = declared(SETTINGS);
    assert!(flux(&two, "adx receiver ops").contains("adx_rule: \"receiver\", adx_to_desk: \"yes\"}"));
    let one = declared("[endpoints.ops]\nkind = 'http'\nurl = 'http://h/'\n");
    assert!(flux(&one, "adx receiver ops").contains("adx_rule: \"receiver\", adx_to_ops: \"yes\"}"));
}

#[test]
fn runs_are_those_of_the_set_and_of_the_roll_ups() {
    let text = flux(&declared("name = 'desk'\nbucket = 'camp'\n"), "desk runs");
    for word in [
        "r._value, prefix: \"desk \")",
        "r._value, prefix: \"camp: \")",
        "not strings.hasPrefix(v: r._value, prefix: \"desk to \")",
    ] {
        assert!(text.contains(word), "{word}\n{text}");
    }
}

#[test]
fn a_dear_rule_is_judged_less_often() {
    for (text, check, every) in
        [("", "adx series", "15m"), ("every = '20m'", "adx series", "20m"), ("", "adx runs", "1m")]
    {
        assert!(flux(&declared(text), check).contains(&format!("every: {every}, offset")), "{text} {check}");
    }
}

#[test]
fn numbers_as_flux_has_them() {
    for (unit, number, expected) in [
        (Unit::Money, 0.1, "100000"),
        (Unit::Money, 1e9, "1000000000000000"),
        (Unit::Count, 20.0, "20"),
        (Unit::Factor, 3.0, "3.0"),
        (Unit::Factor, 1e-9, "0.000000001"),
        (Unit::Factor, 1e6, "1000000.0"),
    ] {
        assert_eq!(number_of(unit, number), expected);
    }
}
