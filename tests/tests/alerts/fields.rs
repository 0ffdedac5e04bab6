//! Rendered objects against the fields that the API knows: no other, and all that it needs.

use adx_alerts::{Declared, Kind, SecretSource, Secrets};
use serde::Deserialize;
use serde_json::Value;

use super::flux::{FULL, config};

/// What a custom check is made of; others are known, and ignored or refused in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that they are there is what is asked")]
struct Check {
    r#type: Custom,
    name: String,
    #[serde(rename = "orgID")]
    org_id: String,
    status: Active,
    description: String,
    query: Query,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Custom {
    Custom,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Active {
    Active,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
#[expect(dead_code, reason = "that they are there is what is asked")]
enum Endpoint {
    #[serde(rename_all = "camelCase")]
    Http {
        name: String,
        #[serde(rename = "orgID")]
        org_id: String,
        status: Active,
        description: String,
        url: String,
        method: Method,
        auth_method: Auth,
        token: Option<String>,
    },
    Slack {
        name: String,
        #[serde(rename = "orgID")]
        org_id: String,
        status: Active,
        description: String,
        url: String,
    },
    PagerDuty {
        name: String,
        #[serde(rename = "orgID")]
        org_id: String,
        status: Active,
        description: String,
        #[serde(rename = "clientURL")]
        client_url: String,
        #[serde(rename = "routingKey")]
        routing_key: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Post,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Auth {
    None,
    Bearer,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "that they are there is what is asked")]
struct Rule {
    r#type: RuleType,
    name: String,
    #[serde(rename = "orgID")]
    org_id: String,
    #[serde(rename = "endpointID")]
    endpoint_id: String,
    status: Active,
    description: String,
    every: String,
    offset: String,
    tag_rules: Vec<TagRule>,
    status_rules: Vec<StatusRule>,
    channel: Option<String>,
    message_template: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RuleType {
    Http,
    Slack,
    PagerDuty,
}

/// `notequal` is taken by the API and means equal: it must never be rendered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that they are there is what is asked")]
struct TagRule {
    key: String,
    value: String,
    operator: Equal,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Equal {
    Equal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct StatusRule {
    current_level: Level,
    previous_level: Option<Level>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Level {
    Crit,
    Warn,
    Ok,
}

fn read<T: serde::de::DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body.clone()).unwrap_or_else(|error| panic!("{error}: {body:#}"))
}

#[test]
fn objects_have_the_fields_that_the_api_knows_and_no_other() {
    let declared = Declared::of(&config(FULL));
    let secret = |name: &str| (SecretSource::Variable(name.to_owned()), "s".to_owned());
    let secrets: Secrets = [secret("U"), secret("K")].into();
    for object in &declared.objects {
        let body = object.request("ORG", Some("EP"), &secrets).expect("all that it needs");
        match object.kind {
            Kind::Check => {
                let check: Check = read(body);
                let every = if check.name == "adx series" { "15m" } else { "1m" };
                let option = format!("option task = {{name: \"{}\", every: {every}, offset: ", check.name);
                assert!(check.query.text.contains(&option) && check.query.text.contains("_type: \"custom\""));
            }
            Kind::Endpoint => drop(read::<Endpoint>(body)),
            Kind::Rule => {
                let rule: Rule = read(body);
                // Without any, every run would fail.
                assert!(!rule.status_rules.is_empty());
                let no_previous = |status: &StatusRule| status.previous_level.is_none();
                assert!(rule.status_rules.iter().all(no_previous), "a series that begins badly has none");
                assert!(rule.status_rules.iter().any(|status| status.current_level == Level::Ok));
                assert_eq!(rule.message_template.is_none(), rule.r#type == RuleType::Http);
            }
        }
    }
}
