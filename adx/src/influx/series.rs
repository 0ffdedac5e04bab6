//! How many series there are, and can be, against what the server is to bear.

use std::fmt;

use adx_correlation::CONVERSION_TYPES;
use adx_influx::Row;
use adx_queries::Buckets;
use adx_queries::series::{Extent, count_text};
use anyhow::{Context, bail, ensure};

use super::declared::Declared;
use super::server::Server;
use crate::cli::influx::ExtentArgs;
use crate::topics::declared_partitions;

/// What to expect, and what is too much.
#[derive(Debug, Clone)]
pub struct Expectation {
    extent: Extent,
    series_max: u64,
}

/// Series of all buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    buckets: Vec<BucketSeries>,
    max: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct BucketSeries {
    name: String,
    /// Within the last 30 days; none where there is no such bucket yet.
    now: Option<u64>,
    at_most: u64,
}

impl Expectation {
    pub fn of(args: &ExtentArgs) -> anyhow::Result<Self> {
        ensure!(args.series_max > 0, "--series-max is 0: give the number of series that the server can bear");
        let shards = args.shards.map_or_else(declared_partitions, Ok)?;
        let extent = Extent {
            campaigns: args.campaigns,
            shards,
            exchanges: args.exchanges,
            conversion_types: CONVERSION_TYPES.len() as u64 + 1,
            edges: args.edges,
            instances: args.instances,
        };
        Ok(Self { extent, series_max: args.series_max })
    }

    /// Counts the series there are.
    pub async fn compare(&self, server: &Server, declared: &Declared) -> anyhow::Result<Series> {
        let org = server.org().await?;
        let mut buckets = Vec::new();
        for bucket in &declared.buckets {
            let there = server.bucket(&org, &bucket.name).await?.is_some();
            let now = if there { Some(count(server, &declared.names, bucket.purpose).await?) } else { None };
            buckets.push(BucketSeries { name: bucket.name.clone(), now, at_most: self.extent.series(bucket.purpose) });
        }
        Ok(Series { buckets, max: self.series_max })
    }
}

async fn count(server: &Server, buckets: &Buckets, purpose: adx_queries::Purpose) -> anyhow::Result<u64> {
    let mut series = 0;
    let each = |row: Row<'_>| {
        series = row.get("_value").and_then(|text| text.parse().ok()).ok_or_else(|| row.unexpected())?;
        Ok(())
    };
    let name = buckets.name(purpose);
    server
        .client()
        .rows(&count_text(buckets, purpose), each)
        .await
        .with_context(|| format!("count the series of {name}"))?;
    Ok(series)
}

impl Series {
    fn now(&self) -> u64 {
        self.buckets.iter().filter_map(|bucket| bucket.now).sum()
    }

    fn at_most(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, bucket| sum.saturating_add(bucket.at_most))
    }

    /// Whether there are more than the server is to bear.
    pub fn is_too_much(&self) -> bool {
        self.now() > self.max
    }

    /// Before anything is made: an error where there are, or can be, too many.
    pub fn refuse_too_many(&self) -> anyhow::Result<()> {
        let (expected, max) = (self.at_most().max(self.now()), self.max);
        if expected > max {
            bail!(
                "{expected} series are more than the {max} that the server is to bear, and nothing was made: give the extent that is \
                 counted on with --campaigns, --shards, --exchanges, --edges and --instances, or with --series-max what the server can bear"
            );
        }
        Ok(())
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24}{:>12}{:>12}", "series of bucket", "now", "at most")?;
        for bucket in &self.buckets {
            let now = bucket.now.map_or("-".to_owned(), |now| now.to_string());
            writeln!(f, "{:<24}{now:>12}{:>12}", bucket.name, bucket.at_most)?;
        }
        writeln!(f, "{:<24}{:>12}{:>12}", "all", self.now(), self.at_most())?;
        if self.is_too_much() {
            return writeln!(
                f,
                "{} series are more than the {} that the server is to bear (--series-max): find the tag that grows",
                self.now(),
                self.max
            );
        }
        if self.at_most() > self.max {
            return writeln!(
                f,
                "warning: there can be more than the {} that the server is to bear (--series-max): fewer shards make fewer series",
                self.max
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(now: Option<u64>, at_most: u64) -> Series {
        Series {
            buckets: vec![
                BucketSeries { name: "adx".into(), now, at_most },
                BucketSeries { name: "adx_1h".into(), now: Some(1), at_most: 10 },
            ],
            max: 100,
        }
    }

    #[test]
    fn too_many_are_told_and_so_are_those_that_there_can_be() {
        let told = |series: &Series| series.to_string().lines().last().unwrap_or_default().to_owned();
        let fine = series(Some(99), 90);
        assert!(!fine.is_too_much() && told(&fine).starts_with("all"));
        let many = series(Some(100), 90);
        assert!(many.is_too_much() && told(&many).starts_with("101 series are more than the 100"));
        let looming = series(None, 91);
        assert!(series(Some(99), 90).refuse_too_many().is_ok());
        for too_many in [&many, &looming] {
            let refused = too_many.refuse_too_many().unwrap_err().to_string();
            assert!(
                refused.contains("101 series are more than the 100") && refused.contains("--campaigns"),
                "{refused}"
            );
        }
        assert!(!looming.is_too_much() && told(&looming).starts_with("warning: there can be more than the 100"));
    }
}
