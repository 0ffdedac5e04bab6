//! Objects as the API takes them, whole, by literal.

use super::*;

fn declared(text: &str) -> Declared {
    Declared::of(&Config::parse(text, |_| Err(std::io::ErrorKind::NotFound.into())).unwrap())
}

fn request(declared: &Declared, name: &str, secrets: &Secrets) -> Value {
    let object = declared.objects.iter().find(|object| object.name == name).unwrap();
    let mut body = object.request("ORG", object.endpoint.as_ref().map(|_| "EP"), secrets).unwrap();
    assert!(body["description"].as_str().unwrap().starts_with(MARK));
    body.as_object_mut().unwrap().remove("description");
    body
}

#[test]
fn endpoints_and_their_rules() {
    let declared = declared(
        "every = '5m'\n[endpoints.ops]\nkind = 'http'\nurl = 'http://h/'\n[endpoints.web]\nkind = 'http'\nurl = 'http://h/'\ntoken_env = 'T'\n\
         [endpoints.desk]\nkind = 'slack'\nurl_env = 'U'\nchannel = '#ads'\n[endpoints.on_call]\nkind = 'pagerduty'\nkey_env = 'K'\nclient_url = 'https://look/'\n\
         [endpoints.hidden]\nkind = 'http'\nurl_env = 'H'\ntoken_env = 'T'\n",
    );
    let secret = |name: &str| SecretSource::Variable(name.to_owned());
    let secrets: Secrets = ["T", "U", "K", "H"].map(|name| (secret(name), format!("{name}-secret"))).into();
    let tag = |key: &str, value: &str| json!({"key": key, "value": value, "operator": "equal"});
    let rule = |name: &str, mut own: Value| {
        own["name"] = json!(format!("adx to {name}"));
        own["tagRules"] =
            json!([tag("adx_set", "adx"), tag("adx_notify", "yes"), tag(&format!("adx_to_{name}"), "yes")]);
        let levels = ["CRIT", "WARN", "OK"].map(|level| json!({"currentLevel": level, "previousLevel": null}));
        own["statusRules"] = json!(levels);
        for (key, value) in
            [("status", "active"), ("every", "5m"), ("offset", "40s"), ("orgID", "ORG"), ("endpointID", "EP")]
        {
            own[key] = json!(value);
        }
        own
    };
    let expected = [
        json!({"type": "http", "name": "adx ops", "orgID": "ORG", "status": "active", "url": "http://h/", "method": "POST", "authMethod": "none"}),
        json!({"type": "http", "name": "adx web", "orgID": "ORG", "status": "active", "url": "http://h/", "method": "POST", "authMethod": "bearer", "token": "T-secret"}),
        json!({"type": "slack", "name": "adx desk", "orgID": "ORG", "status": "active", "url": "U-secret"}),
        json!({"type": "pagerduty", "name": "adx on_call", "orgID": "ORG", "status": "active", "clientURL": "https://look/", "routingKey": "K-secret"}),
        json!({"type": "http", "name": "adx hidden", "orgID": "ORG", "status": "active", "url": "H-secret", "method": "POST", "authMethod": "bearer", "token": "T-secret"}),
        rule("ops", json!({"type": "http"})),
        rule("desk", json!({"type": "slack", "channel": "#ads", "messageTemplate": "${ r._message }"})),
        rule("on_call", json!({"type": "pagerduty", "messageTemplate": "${ r._message }"})),
    ];
    for body in expected {
        assert_eq!(request(&declared, body["name"].as_str().unwrap(), &secrets), body);
    }
    let hook = declared.objects.iter().find(|object| object.name == "adx web").unwrap();
    assert_eq!(hook.request("ORG", None, &Secrets::new()), None);
    let shown: String = declared.objects.iter().map(|object| object.shown().to_string()).collect();
    assert!(!shown.contains("-secret"));
}

#[test]
fn a_check() {
    let declared = declared("[endpoints.ops]\nkind = 'http'\nurl = 'http://h/'\n");
    let mut body = request(&declared, "adx runs", &Secrets::new());
    let text = body["query"]["text"].take();
    assert!(text.as_str().unwrap().contains("option task = {name: \"adx runs\", every: 1m, offset: 20s}"));
    assert_eq!(
        body,
        json!({"type": "custom", "name": "adx runs", "orgID": "ORG", "status": "active", "query": {"text": null}})
    );
}

#[test]
fn versions_follow_what_they_are_of() {
    let version = |text: &str, name: &str| {
        declared(text)
            .objects
            .iter()
            .find(|object| object.name == name)
            .map(|object| object.description().to_owned())
            .unwrap()
    };
    let (a, b) =
        ("[endpoints.ops]\nkind = 'http'\nurl = 'http://a/'\n", "[endpoints.ops]\nkind = 'http'\nurl = 'http://b/'\n");
    let c = format!("{a}[rules.runs]\nlevel = 'warn'\n");
    for (name, one, other, same) in [
        ("adx ops", a, b, false),
        ("adx to ops", a, b, false),
        ("adx runs", a, b, true),
        ("adx runs", a, c.as_str(), false),
        ("adx to ops", a, c.as_str(), true),
    ] {
        assert_eq!(version(one, name) == version(other, name), same, "{name}");
    }
}
