//! Reads what the server says applying the template would change.

use serde_json::{Map, Value};

/// An object of the template or of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// `Task`, `Dashboard`.
    pub kind: String,
    /// What people see it called.
    pub name: String,
    pub state: State,
}

/// How what is there stands to what is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Missing,
    Same,
    /// The settings that differ.
    Differs(Vec<String>),
    /// In the stack, and not declared.
    Undeclared,
}

/// The objects of all kinds.
pub fn objects(difference: &Value) -> Vec<Object> {
    let kinds = difference.as_object().into_iter().flat_map(Map::values);
    kinds.filter_map(Value::as_array).flatten().map(object).collect()
}

fn object(entry: &Value) -> Object {
    let (new, old) = (&entry["new"], &entry["old"]);
    let name = |side: &Value| side["name"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    let key = || entry["templateMetaName"].as_str().unwrap_or("?").to_owned();
    Object {
        kind: entry["kind"].as_str().unwrap_or("?").to_owned(),
        name: name(new).or_else(|| name(old)).unwrap_or_else(key),
        state: match entry["stateStatus"].as_str() {
            Some("remove") => State::Undeclared,
            // The stack remembers what somebody has deleted.
            _ if old.is_null() => State::Missing,
            _ => differing(new, old),
        },
    }
}

fn differing(new: &Value, old: &Value) -> State {
    let settings = new.as_object().into_iter().flat_map(Map::keys);
    let differs = |setting: &&String| !is_same(setting, &new[setting.as_str()], &old[setting.as_str()]);
    let differing: Vec<String> = settings.filter(differs).cloned().collect();
    if differing.is_empty() { State::Same } else { State::Differs(differing) }
}

fn is_same(setting: &str, new: &Value, old: &Value) -> bool {
    match (setting, new.as_str(), old.as_str()) {
        ("every" | "offset", Some(new), Some(old)) => seconds(new) == seconds(old),
        ("charts", ..) => charts(new) == charts(old),
        _ => pruned(new) == pruned(old),
    }
}

/// `1m0s`, `1h`, or nothing, as the server writes spans here and there.
fn seconds(text: &str) -> Option<u64> {
    if text.is_empty() {
        return Some(0);
    }
    humantime::parse_duration(text).ok().map(|span| span.as_secs())
}

/// The cells in a certain order.
fn charts(list: &Value) -> Vec<String> {
    let mut charts: Vec<String> =
        list.as_array().into_iter().flatten().map(|chart| pruned(chart).to_string()).collect();
    charts.sort_unstable();
    charts
}

/// Gives charts of a difference the names and places that are declared, in the same order.
pub fn put_in_place(charts: &mut Value, declared: &Value) {
    let declared = declared.as_array().into_iter().flatten();
    for (chart, declared) in charts.as_array_mut().into_iter().flatten().zip(declared) {
        for field in ["name", "xPos", "yPos"] {
            chart[field] = declared[field].clone();
        }
    }
}

/// The cells of a dashboard in the form that charts of a difference have.
pub fn charts_of(cells: &Value) -> Value {
    let chart = |cell: &Value| {
        serde_json::json!({
            "name": cell["name"], "properties": cell["properties"],
            "xPos": cell["x"], "yPos": cell["y"], "width": cell["w"], "height": cell["h"],
        })
    };
    cells.as_array().into_iter().flatten().map(chart).collect()
}

/// Without what says nothing: null, false, 0, empty texts and lists come and go on the way through the server.
fn pruned(value: &Value) -> Value {
    let says_nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) => false,
    };
    match value {
        Value::Array(list) => list.iter().map(pruned).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(field, value)| (field.clone(), pruned(value)));
            fields.filter(|(_, value)| !says_nothing(value)).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// A syntax tree without where things stand, without comments, and without the option that names a task.
pub fn bare(tree: Value) -> Value {
    match tree {
        Value::Array(list) => list.into_iter().filter(|part| !is_task_option(part)).map(bare).collect(),
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(field, _)| field != "location" && !field.ends_with("omments"));
            kept.map(|(field, value)| (field, bare(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

fn is_task_option(statement: &Value) -> bool {
    statement["type"] == "OptionStatement" && statement["assignment"]["id"]["name"] == "task"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn state(entry: Value) -> State {
        object(&entry).state
    }

    #[test]
    fn states() {
        let task =
            json!({ "name": "t", "every": "1h0m0s", "offset": "10s", "query": { "body": 1 }, "status": "active" });
        let mut other = task.clone();
        (other["every"], other["cron"]) = (json!("1h"), json!(""));
        assert_eq!(state(json!({ "stateStatus": "exists", "new": task, "old": other })), State::Same);
        (other["offset"], other["query"]) = (json!("20s"), json!({ "body": 2 }));
        let differs = State::Differs(vec!["offset".into(), "query".into()]);
        assert_eq!(state(json!({ "stateStatus": "exists", "new": task, "old": other })), differs);
        assert_eq!(state(json!({ "stateStatus": "exists", "new": task, "old": null })), State::Missing);
        assert_eq!(state(json!({ "stateStatus": "new", "new": task })), State::Missing);
        assert_eq!(state(json!({ "stateStatus": "remove", "new": {}, "old": other })), State::Undeclared);
    }

    #[test]
    fn cells_are_compared_in_any_order_with_their_names_and_places() {
        let properties =
            |text: &str| json!({ "queries": [{ "text": text, "builderConfig": { "tags": [] } }], "note": "" });
        let declared = json!([{ "name": "a", "xPos": 0, "yPos": 1 }, { "name": "b", "xPos": 6, "yPos": 1 }]);
        let mut new = json!([
            { "properties": properties("a"), "xPos": 0, "yPos": 0, "width": 3, "height": 1 },
            { "properties": properties("b"), "xPos": 0, "yPos": 0, "width": 3, "height": 1 },
        ]);
        put_in_place(&mut new, &declared);
        let cell = |name: &str, x: u32| json!({ "id": "1", "name": name, "x": x, "y": 1, "w": 3, "h": 1, "properties": properties(name) });
        let dashboard = |charts: Value| json!({ "name": "d", "charts": charts });
        let with = |cells: Value| state(json!({ "new": dashboard(new.clone()), "old": dashboard(charts_of(&cells)) }));
        assert_eq!(with(json!([cell("b", 6), cell("a", 0)])), State::Same);
        let differs = State::Differs(vec!["charts".into()]);
        for cells in [json!([cell("b", 6)]), json!([cell("b", 6), cell("c", 0)]), json!([cell("b", 7), cell("a", 0)])] {
            assert_eq!(with(cells.clone()), differs, "{cells}");
        }
    }

    #[test]
    fn trees_are_the_same_wherever_the_text_stands() {
        let option = json!({ "type": "OptionStatement", "assignment": { "id": { "name": "task" } } });
        let there = json!({ "body": [option, { "type": "ExpressionStatement", "location": { "start": 4 } }] });
        let declared =
            json!({ "body": [{ "type": "ExpressionStatement", "location": { "start": 1 }, "comments": [1] }] });
        assert_eq!(bare(there), bare(declared));
    }
}
