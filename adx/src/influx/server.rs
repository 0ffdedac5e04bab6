//! The InfluxDB that a command works on: its API's calls by what they do.

use std::time::Duration;

use adx_influx::{Call, InfluxClient, InfluxError};
use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::declared::Declared;
use super::found::{FoundBucket, Stack};
use super::plan::Change;
use crate::access::InfluxAccess;
use crate::cli::influx::InfluxServerArgs;

/// A server, and the organization worked in.
pub struct Server {
    access: InfluxAccess,
    wait: Duration,
    /// For what concerns no bucket.
    client: InfluxClient,
}

impl Server {
    /// Asks nothing of it yet.
    pub fn of(args: &InfluxServerArgs) -> anyhow::Result<Self> {
        let access = args.access()?;
        let client = access.client("", args.wait)?;
        Ok(Self { access, wait: args.wait, client })
    }

    pub fn url(&self) -> &str {
        &self.access.url
    }

    pub fn client(&self) -> &InfluxClient {
        &self.client
    }

    /// The organization's id; waits until the server is ready.
    pub async fn org(&self) -> anyhow::Result<String> {
        self.client.wait_ready().await.context("wait for InfluxDB")?;
        self.client.org_id().await.context("find the organization: name it with --influx-org")
    }

    /// The bucket of that name, if there is one.
    pub async fn bucket(&self, org: &str, name: &str) -> anyhow::Result<Option<FoundBucket>> {
        let call = Call::get("/api/v2/buckets").with("orgID", org).with("name", name);
        match self.client.call("look for a bucket", &call).await {
            Ok(answer) => Ok(FoundBucket::of(&answer["buckets"][0])),
            Err(InfluxError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("look for bucket {name}")),
        }
    }

    /// The stack of that name, if there is one; the oldest where somebody made several.
    pub async fn stack(&self, org: &str, name: &str) -> anyhow::Result<Option<Stack>> {
        let call = Call::get("/api/v2/stacks").with("orgID", org).with("name", name);
        let answer = self.client.call("look for the stack", &call).await;
        let answer =
            answer.context("look for the stack (InfluxDB 2.0 or newer has them, the local stand-in has none)")?;
        let stacks = answer["stacks"].as_array().map(Vec::as_slice).unwrap_or_default();
        let oldest = stacks.iter().min_by_key(|stack| stack["createdAt"].as_str().map(str::to_owned));
        Ok(oldest.and_then(|stack| stack["id"].as_str()).map(|id| Stack { id: id.to_owned() }))
    }

    /// What applying the template would change, as the server tells it.
    pub async fn difference(&self, org: &str, declared: &Declared, stack: &Stack) -> anyhow::Result<Value> {
        let call = Call::post("/api/v2/templates/apply", request(org, declared, stack, true));
        let answer = self.client.call("compare the template", &call).await.context("compare tasks and dashboard")?;
        refuse_errors(&answer)?;
        Ok(answer["diff"].clone())
    }

    /// The cells of a dashboard, with all they show.
    pub async fn cells(&self, dashboard: u64) -> anyhow::Result<Value> {
        // Ids are numbers in one place of the API, hexadecimal in all others.
        let call = Call::get(format!("/api/v2/dashboards/{dashboard:016x}")).with("include", "properties");
        let answer = self.client.call("read a dashboard", &call).await.context("read the dashboard")?;
        Ok(answer["cells"].clone())
    }

    /// The syntax tree of a Flux text: the server stores tasks reformatted, so that texts cannot be compared.
    pub async fn tree(&self, flux: &str) -> anyhow::Result<Value> {
        let call = Call::post("/api/v2/query/ast", json!({ "query": flux }));
        let answer = self.client.call("parse a task", &call).await.context("parse the text of a task")?;
        Ok(answer["ast"].clone())
    }

    /// Makes one change to a bucket; the objects of the stack are changed together, by [`Server::apply`].
    pub async fn make(&self, change: &Change) -> anyhow::Result<()> {
        match change {
            Change::CreateBucket { name, keeps } => {
                self.access.client(name, self.wait)?.ensure_bucket(*keeps).await?;
            }
            Change::KeepOtherwise { id, keeps, .. } => {
                let body = json!({ "retentionRules": [retention_rule(*keeps)] });
                self.client.call("change a bucket", &Call::patch(format!("/api/v2/buckets/{id}"), body)).await?;
            }
            Change::CreateObject { .. } | Change::AlterObject { .. } | Change::RemoveObject { .. } => {}
        }
        Ok(())
    }

    /// The stack that was found, else a new one.
    pub async fn ensure_stack(&self, found: Option<&Stack>, name: &str) -> anyhow::Result<Stack> {
        if let Some(stack) = found {
            return Ok(stack.clone());
        }
        let description = "Tasks and dashboard of AdvertiseX; made and kept by `adx influx init`";
        let body = json!({ "orgID": self.org().await?, "name": name, "description": description, "urls": [] });
        let answer =
            self.client.call("make a stack", &Call::post("/api/v2/stacks", body)).await.context("make the stack")?;
        let id = answer["id"].as_str().context("a new stack has an id")?;
        Ok(Stack { id: id.to_owned() })
    }

    /// Makes the objects of the stack those of the template.
    pub async fn apply(&self, declared: &Declared, stack: &Stack) -> anyhow::Result<()> {
        let body = request(&self.org().await?, declared, stack, false);
        let call = Call::post("/api/v2/templates/apply", body);
        let answer = self.client.call("apply the template", &call).await.context("apply tasks and dashboard")?;
        refuse_errors(&answer)
    }
}

/// With the length of the shards that InfluxDB takes for a new bucket: those of the old retention may be too long, or too many.
fn retention_rule(keeps: Option<Duration>) -> Value {
    const DAY_S: u64 = 86_400;
    let every_s = keeps.map_or(0, |keeps| keeps.as_secs());
    let shard_s = match every_s {
        0 => 7 * DAY_S,
        short if short < 2 * DAY_S => DAY_S / 24,
        middle if middle < 180 * DAY_S => DAY_S,
        _ => 7 * DAY_S,
    };
    json!({ "type": "expire", "everySeconds": every_s, "shardGroupDurationSeconds": shard_s })
}

fn request(org: &str, declared: &Declared, stack: &Stack, dry_run: bool) -> Value {
    json!({ "dryRun": dry_run, "orgID": org, "stackID": stack.id, "template": { "contents": declared.template } })
}

/// A template with errors is answered as if all were well, and nothing is done.
fn refuse_errors(answer: &Value) -> anyhow::Result<()> {
    match answer["errors"].as_array().map(Vec::as_slice) {
        None | Some([]) => Ok(()),
        Some(errors) => {
            let told: Vec<String> = errors
                .iter()
                .map(|error| format!("{} {}: {}", error["kind"], error["fields"], error["reason"]))
                .collect();
            bail!("influxdb refuses the template, and has done nothing: {}", told.join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_errors_is_a_failure_whatever_its_status() {
        for sound in [json!({}), json!({ "errors": null }), json!({ "errors": [] })] {
            assert!(refuse_errors(&sound).is_ok(), "{sound}");
        }
        let answer = json!({ "errors": [{ "kind": "Task", "fields": ["root", "every"], "reason": "must be given" }] });
        let refused = refuse_errors(&answer).unwrap_err().to_string();
        assert!(refused.ends_with("\"Task\" [\"root\",\"every\"]: \"must be given\""), "{refused}");
    }
}
