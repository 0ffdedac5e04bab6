//! Every Flux text of the alerts parses and type-checks.

use adx_alerts::{Config, DEFAULT_CONFIG, Day, Declared, RULES, scenarios, zone_text};
use adx_tests::flux::{self, Script};

/// An identifier that InfluxDB itself asks for.
const TASK_HINT: &str = "Avoid using `task` as an identifier name";

/// Everything that can be set, and names that would break out of a literal.
pub const FULL: &str = r#"
plan = "plan.csv"
look = 'https://look.example.org/?of={series}&"quoted"'
[endpoints.ops]
kind = "http"
url = "http://127.0.0.1:1/"
[endpoints.hidden]
kind = "http"
url_env = "U"
[endpoints.desk]
kind = "slack"
url_env = "U"
[endpoints.on_call]
kind = "pagerduty"
key_env = "K"
[rules.edge-heartbeat]
expected = ["e\"1", "${e}"]
level = "warn"
[campaigns.c1.spend-without-clicks]
spend_max = 20
[campaigns.'${c}"2'.ctr-collapse]
factor = 0.25
off = true
"#;

const ENDPOINT: &str = "[endpoints.ops]\nkind = 'http'\nurl = 'http://127.0.0.1:1/'\n";

pub const PLAN: &str = "campaign_id,start,end,daily_budget,time_zone
c1,2026-03-01,2026-03-31,120.50,Europe/Berlin
\"${c}\"\"2\",2026-03-01,2026-03-31,80,America/New_York
";

pub fn config(text: &str) -> Config {
    Config::parse(text, |_| Ok(PLAN.to_owned())).expect("a configuration that is sound")
}

fn scripts(config: &Config, of: &str) -> Vec<Script> {
    let declared = Declared::of(config);
    let script = |(name, text): (&str, &str)| Script { name: format!("{of}: {name}"), text: text.to_owned() };
    declared.objects.iter().filter_map(|object| Some((object.name.as_str(), object.flux()?))).map(script).collect()
}

#[test]
fn every_text_is_sound() {
    if !flux::is_there() {
        return;
    }
    let mut all = scripts(&config(DEFAULT_CONFIG), "default");
    all.extend(scripts(&config(""), "empty"));
    all.extend(scripts(&config(FULL), "full"));
    // Rules that judge nothing have texts of their own.
    let off: String = RULES.iter().map(|rule| format!("[rules.{}]\noff = true\n", rule.name)).collect();
    all.extend(scripts(&config(&format!("{ENDPOINT}{off}")), "off"));
    all.push(Script::new("time zone", zone_text("Europe/\"Berlin")));
    for scenario in scenarios(&config(FULL), Day::of_seconds(1_772_323_200).expect("a day")) {
        all.extend(scripts(&scenario.config, scenario.name));
    }
    let findings = flux::check(&all).expect("a checker that runs");
    assert_eq!(findings.len(), all.len());
    for (script, findings) in all.iter().zip(findings) {
        let said: Vec<_> = findings.messages.iter().filter(|message| !message.contains(TASK_HINT)).collect();
        assert!(said.is_empty(), "{}: {said:?}\n{}", script.name, script.text);
    }
}

#[test]
fn the_checker_would_say_so() {
    if !flux::is_there() {
        return;
    }
    let text =
        scripts(&config(""), "").swap_remove(0).text.replace("monitor.check(data: check", "monitor.check(date: check");
    let findings = flux::check(&[Script { name: "broken".into(), text }]).expect("a checker that runs");
    assert!(findings[0].messages.iter().any(|message| !message.contains(TASK_HINT)), "{findings:?}");
}
