//! Finds and removes what runs made on real servers: only names of exactly their form. SmartModules stay, they are every run's.

use std::time::Duration;

use adx_publisher::{Cluster, ClusterError};
use anyhow::Context;
use fluvio::metadata::topic::TopicSpec;
use fluvio_sc_schema::ApiError;
use fluvio_sc_schema::errors::ErrorCode;

use super::name::RunName;
use super::servers::Choice;
use crate::access::InfluxAccess;
use crate::cli::RunArgs;
use crate::ending::{Ending, Failure};
use crate::patience::{cause, patiently};
use crate::run::{choice, print_all};
use crate::topics::declared::Declaration;

/// How long to wait for a server that does not answer.
const CLEAN_WITHIN: Duration = Duration::from_secs(60);

/// `adx run --clean`: removes what all runs left, on the servers that are named.
pub fn clean(args: &RunArgs) -> Result<Ending, Failure> {
    let choice = choice(args).map_err(Failure::Configuration)?;
    if choice.cluster.is_none() && choice.influx.is_none() {
        let nowhere = anyhow::anyhow!("--clean needs a server: name it with --cluster, --profile or --influx-url");
        return Err(Failure::Configuration(nowhere));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let text = runtime.block_on(clean_all(&choice))?;
    print_all(&text).context("print what was removed; it is")?;
    Ok(Ending::Done)
}

async fn clean_all(choice: &Choice) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut tell = |what: &str, place: &str, names: Vec<String>| {
        text.extend(names.iter().map(|name| format!("removed {what} {name} at {place}\n")));
        if names.is_empty() {
            text += &format!("no {what} of a run was left at {place}\n");
        }
    };
    if let Some(cluster) = &choice.cluster {
        tell("topic", cluster.endpoint(), remove_topics(cluster, CLEAN_WITHIN, |_| true).await?);
    }
    if let Some(access) = &choice.influx {
        tell("bucket", &access.url, remove_buckets(access, CLEAN_WITHIN).await?);
    }
    Ok(text)
}

/// Removes the topics of the runs that are meant; returns the names of all that it found.
pub async fn remove_topics(
    cluster: &Cluster,
    give_up_after: Duration,
    meant: impl Fn(&RunName) -> bool,
) -> anyhow::Result<Vec<String>> {
    let declared: Vec<String> = Declaration::read(None)?.topics().into_iter().map(|topic| topic.name).collect();
    let is_meant =
        |topic: &str| RunName::of_topic(topic, declared.iter().map(String::as_str)).is_some_and(|run| meant(&run));
    let mut removed = Vec::new();
    patiently(cluster, "remove the topics of runs", give_up_after, async || {
        let admin = cluster.client().await?.admin().await;
        for topic in cluster.answer("list topics", admin.all::<TopicSpec>()).await? {
            if is_meant(&topic.name) {
                let deleted = async { admin.delete::<TopicSpec>(topic.name.as_str()).await.map_err(cause) };
                unless_gone(cluster.answer("delete a topic", deleted).await)?;
                if !removed.contains(&topic.name) {
                    removed.push(topic.name);
                }
            }
        }
        Ok(())
    })
    .await?;
    Ok(removed)
}

/// A topic that somebody else has removed is as good as removed.
fn unless_gone(deleted: Result<(), ClusterError>) -> Result<(), ClusterError> {
    match deleted {
        Err(ClusterError::Failed { source, .. })
            if matches!(source.downcast_ref(), Some(ApiError::Code(ErrorCode::TopicNotFound, _))) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Removes the buckets of all runs; returns their names.
async fn remove_buckets(access: &InfluxAccess, give_up_after: Duration) -> anyhow::Result<Vec<String>> {
    let buckets = access.client("", give_up_after)?.bucket_names().await.context("list buckets")?;
    let of_runs: Vec<_> = buckets.into_iter().filter(|bucket| RunName::of_bucket(bucket).is_some()).collect();
    for bucket in &of_runs {
        remove_bucket(access, give_up_after, bucket).await?;
    }
    Ok(of_runs)
}

/// Removes a bucket, if it is there.
pub async fn remove_bucket(access: &InfluxAccess, give_up_after: Duration, bucket: &str) -> anyhow::Result<()> {
    let client = access.client(bucket, give_up_after)?;
    client.delete_bucket().await.with_context(|| format!("remove bucket {bucket}"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_topic_that_is_gone_is_as_good_as_removed() {
        let failed = |code| {
            let source = cause(ApiError::Code(code, None).into());
            Err(ClusterError::Failed { endpoint: "h:1".into(), request: "delete a topic", source })
        };
        assert!(unless_gone(Ok(())).is_ok());
        assert!(unless_gone(failed(ErrorCode::TopicNotFound)).is_ok());
        assert!(unless_gone(failed(ErrorCode::PermissionDenied)).is_err());
    }
}
