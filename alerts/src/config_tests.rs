//! What a configuration may say, and what it is told when it may not.

use super::*;

fn parse(text: &str) -> Result<Config, String> {
    let plan =
        |_: &Path| Ok("campaign_id,start,end,daily_budget,time_zone\nc1,2026-01-01,2026-12-31,10,UTC\n".to_owned());
    Config::parse(text, plan).map_err(|error| error.to_string())
}

#[test]
fn the_default_file_says_the_defaults() {
    let config = parse(crate::DEFAULT_CONFIG).unwrap();
    // Every commented line that sets a plain key is what would be without it.
    let uncommented: String = crate::DEFAULT_CONFIG
        .lines()
        .filter(|line| !["plan =", "token_file", "url_file", "expected ="].iter().any(|skipped| line.contains(skipped)))
        .take_while(|line| !line.starts_with("# Thresholds of single"))
        .map(|line| if is_example(line) { String::new() } else { format!("{}\n", line.trim_start_matches("# ")) })
        .filter(|line| !line.starts_with("Alert rules of"))
        .collect();
    let kept: String = uncommented
        .lines()
        .filter(|line| line.contains('=') || line.starts_with('['))
        .map(|line| format!("{line}\n"))
        .collect();
    let spelled = parse(&kept).unwrap_or_else(|error| panic!("{error}\n{kept}"));
    assert_eq!(format!("{:?}", spelled.rules), format!("{:?}", config.rules));
    let of = |config: &Config| {
        (
            config.name.clone(),
            config.buckets.clone(),
            config.every,
            config.settle,
            config.currency.clone(),
            config.look.clone(),
        )
    };
    assert_eq!(of(&spelled), of(&config));
    assert_eq!(config.rules.len(), RULES.len());
}

/// Lines of the default file that show what is not the default, and prose.
fn is_example(line: &str) -> bool {
    let examples = [
        "endpoints.desk",
        "endpoints.on_call",
        "slack",
        "channel",
        "pagerduty",
        "key_file",
        "client_url",
        "The rules.",
        "brings them",
    ];
    examples.iter().any(|example| line.contains(example))
}

#[test]
fn thresholds_of_a_campaign_stand_beside_those_of_all() {
    let config = parse(
        "[rules.spend-without-clicks]\nspend_max = 7\n[campaigns.c1.spend-without-clicks]\nspend_max = 2.5\n[campaigns.c2.spend-without-clicks]\noff = true\n",
    );
    let config = config.unwrap();
    let settings = config.rule("spend-without-clicks").unwrap();
    let (all, single) = settings.threshold("spend_max").unwrap();
    assert_eq!((all, single.get("c1"), single.get("c2")), (7.0, Some(&2.5), None));
    assert!(settings.off.contains("c2") && !settings.off.contains("c1"));
}

#[test]
fn a_rule_that_is_off_is_none_and_lengths_of_it_are_still_known() {
    let config = parse("[rules.edge-heartbeat]\noff = true\n").unwrap();
    assert_eq!(config.rules.len(), RULES.len());
    assert!(config.rule("edge-heartbeat").is_none());
    assert_eq!(config.length("edge-heartbeat", "silent"), Some(Span::of_minutes(3)));
}

#[test]
fn a_plan_is_read_where_one_is_named() {
    assert!(parse("").unwrap().flights.is_empty());
    assert_eq!(parse("plan = \"p.csv\"").unwrap().flights.iter().count(), 1);
    let missing = Config::parse("plan = \"p.csv\"", |_| Err(std::io::ErrorKind::NotFound.into())).unwrap_err();
    assert!(missing.to_string().starts_with("plan: read p.csv: name a file that is there"), "{missing}");
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    for (text, expected) in [
        ("nmae = 'x'", "nmae: there is no such key; known here: name, bucket,"),
        ("name = 'a b'", "name: wants letters"),
        ("every = '90s'", "every: wants whole minutes"),
        ("settle = 5", "settle: wants a text"),
        ("currency = 'usd'", "currency: wants three capital letters"),
        ("rules = 1", "rules: wants a table"),
        ("[rules.ctr]", "rules.ctr: there is no such key; known here: spend-without-clicks, ctr-collapse,"),
        (
            "[rules.ctr-collapse]\nfaktor = 1",
            "rules.ctr-collapse.faktor: there is no such key; known here: factor, impressions_min, clicks_min, window, level, notify, off",
        ),
        ("[rules.ctr-collapse]\nfactor = -0.5", "rules.ctr-collapse.factor: wants a number from 0"),
        ("[rules.ctr-collapse]\nfactor = nan", "rules.ctr-collapse.factor: wants a number from 0"),
        ("[rules.ctr-collapse]\nfactor = '1'", "rules.ctr-collapse.factor: wants a number from 0"),
        ("[rules.ctr-collapse]\nwindow = '90s'", "rules.ctr-collapse.window: wants whole minutes"),
        ("settle = '2h'", "settle: wants an hour at most"),
        ("[rules.ctr-collapse]\nwindow = '25h'", "rules.ctr-collapse.window: wants at most 1d"),
        ("[rules.ctr-collapse]\nwindow = 'soon'", "rules.ctr-collapse.window: wants a length of time"),
        ("[rules.ctr-collapse]\nexpected = ['a']", "rules.ctr-collapse.expected: there is no such key"),
        ("[rules.runs]\nlevel = 'info'", "rules.runs.level: wants \"crit\" or \"warn\""),
        ("[rules.runs]\nnotify = ['ops']", "rules.runs.notify: wants names of endpoints, of which \"ops\" is none"),
        ("[rules.edge-heartbeat]\nexpected = ['any']", "rules.edge-heartbeat.expected: wants names of single ones"),
        ("[rules.edge-heartbeat]\nexpected = ['']", "rules.edge-heartbeat.expected: wants an id"),
        ("[endpoints.Ops]\nkind = 'http'", "endpoints.Ops: wants a name of lower-case letters"),
        ("[endpoints.ops]", "endpoints.ops.kind: wants \"http\", \"slack\" or \"pagerduty\""),
        ("[endpoints.ops]\nkind = 'mail'", "endpoints.ops.kind: wants"),
        ("[endpoints.ops]\nkind = 'http'\nurl = 'ops.example.org'", "endpoints.ops.url: wants http://"),
        (
            "[endpoints.ops]\nkind = 'http'\nurl = 'http://h/'\ntoken = 'secret'",
            "endpoints.ops.token: there is no such key; known here: kind, url, url_file, url_env, token_file, token_env",
        ),
        (
            "[endpoints.ops]\nkind = 'http'\nurl = 'http://h/'\ntoken_env = 'A'\ntoken_file = 'b'",
            "endpoints.ops.token: wants one of token_file and token_env",
        ),
        ("[endpoints.ops]\nkind = 'http'", "endpoints.ops.url: wants http://"),
        (
            "[endpoints.ops]\nkind = 'http'\nurl = 'https://user:secret@h/'",
            "endpoints.ops.url: wants an address without user and password",
        ),
        (
            "[endpoints.ops]\nkind = 'http'\nurl = 'http://h/'\nurl_env = 'U'",
            "endpoints.ops.url: wants one of url, url_file and url_env",
        ),
        ("[endpoints.ops]\nkind = 'pagerduty'", "endpoints.ops.key: wants key_file"),
        ("[endpoints.ops]\nkind = 'slack'\nurl = 'https://h/'", "endpoints.ops.url: wants url_file"),
        ("[campaigns.c1.runs]", "campaigns.c1.runs: there is no such key; known here: spend-without-clicks,"),
        (
            "[campaigns.c1.no-impressions]\nwindow = '5m'",
            "campaigns.c1.no-impressions.window: there is no such key; known here: impressions_min, off",
        ),
        ("[campaigns.'c\\\\1']\nx = 1\n[campaigns.\"\\u0001\".no-impressions]", "campaigns."),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.starts_with(expected), "{text}\n{error}");
    }
    assert_eq!(parse("name = ").unwrap_err(), "the alert configuration is not TOML");
}
