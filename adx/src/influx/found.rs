//! What an InfluxDB has of what is declared.

use std::time::Duration;

use serde_json::Value;

use super::declared::Declared;
use super::diff::{self, Object};
use super::server::Server;

/// A bucket that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBucket {
    pub id: String,
    pub name: String,
    pub keeps: Option<Duration>,
}

/// The stack that tasks and dashboard belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    pub id: String,
}

/// All that is there.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub buckets: Vec<FoundBucket>,
    pub stack: Option<Stack>,
    /// The objects of the stack, and those of the template; none without a stack.
    pub objects: Vec<Object>,
}

impl FoundBucket {
    /// As the API describes it.
    pub fn of(described: &Value) -> Option<Self> {
        let every_s = described["retentionRules"][0]["everySeconds"].as_u64().unwrap_or(0);
        Some(Self {
            id: described["id"].as_str()?.to_owned(),
            name: described["name"].as_str()?.to_owned(),
            keeps: (every_s > 0).then(|| Duration::from_secs(every_s)),
        })
    }
}

impl Found {
    pub async fn at(server: &Server, declared: &Declared) -> anyhow::Result<Self> {
        let org = server.org().await?;
        let mut found = Self::default();
        for bucket in &declared.buckets {
            found.buckets.extend(server.bucket(&org, &bucket.name).await?);
        }
        found.stack = server.stack(&org, &declared.stack).await?;
        if let Some(stack) = &found.stack {
            let mut difference = server.difference(&org, declared, stack).await?;
            trees_for_texts(server, &mut difference).await?;
            cells_of_dashboards(server, declared, &mut difference).await?;
            found.objects = diff::objects(&difference);
        }
        Ok(found)
    }
}

/// Puts syntax trees in the place of the texts of tasks, without the option that the server adds.
async fn trees_for_texts(server: &Server, difference: &mut Value) -> anyhow::Result<()> {
    for task in difference["tasks"].as_array_mut().into_iter().flatten() {
        for side in ["new", "old"] {
            if let Some(text) = task[side]["query"].as_str().filter(|text| !text.is_empty()) {
                let tree = server.tree(text).await?;
                task[side]["query"] = diff::bare(tree);
            }
        }
    }
    Ok(())
}

/// The difference tells of cells that are there nothing but their size, and of those declared all but their name and place.
async fn cells_of_dashboards(server: &Server, declared: &Declared, difference: &mut Value) -> anyhow::Result<()> {
    for dashboard in difference["dashboards"].as_array_mut().into_iter().flatten() {
        let Some(id) = dashboard["id"].as_u64().filter(|_| !dashboard["old"].is_null()) else { continue };
        let key = dashboard["templateMetaName"].clone();
        let document = declared.template.iter().find(|document| document["metadata"]["name"] == key);
        diff::put_in_place(
            &mut dashboard["new"]["charts"],
            document.map_or(&Value::Null, |document| &document["spec"]["charts"]),
        );
        dashboard["old"]["charts"] = diff::charts_of(&server.cells(id).await?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bucket_keeps_for_ever_without_a_rule_or_with_one_of_no_seconds() {
        let keeps =
            |rules: Value| FoundBucket::of(&json!({ "id": "1", "name": "b", "retentionRules": rules })).unwrap().keeps;
        assert_eq!(keeps(json!([])), None);
        assert_eq!(keeps(json!([{ "type": "expire", "everySeconds": 0 }])), None);
        assert_eq!(keeps(json!([{ "type": "expire", "everySeconds": 3_600 }])), Some(Duration::from_secs(3_600)));
        assert_eq!(FoundBucket::of(&Value::Null), None);
    }
}
