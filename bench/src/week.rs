//! A real influxd with a week of 1,000 campaigns, as far as the questions about it read it.

use std::fmt::Write as _;

use adx_events::time::{DAY_MS, EventTime, HOUR_MS, MINUTE_MS, Millis, SECOND_MS};
use adx_influx::InfluxClient;
use adx_queries::{ADDITIVE, Buckets, Level, Part, Purpose, RATIOS, Reading, TimeRange};
use adx_tests::influxd::{Influxd, Scheduler};
use anyhow::{Context as _, Result};

const CAMPAIGNS: i64 = 1_000;
const SHARDS: i64 = 4;
const CONNECTIONS: usize = 4;
const DAYS: i64 = 7;
/// With this variable all of `campaign_1m` is loaded, too, ten million points, and the questions are asked of it as well.
const ALL_MINUTES: &str = "ADX_BENCH_MINUTES";
/// Amid an hour, as it is when somebody asks.
const NOW_INTO_HOUR: Millis = Millis(37 * MINUTE_MS);

/// The server, and what it is asked about.
pub struct Week {
    server: Influxd,
    pub buckets: Buckets,
    pub range: TimeRange,
    /// All that is loaded of shards, and what freshness is asked of.
    pub last_hour: TimeRange,
    now: EventTime,
}

impl Week {
    /// Starts a server and writes what is read of the week before now, and of the week before that, and the newest hour of shards.
    pub async fn load() -> Result<Self> {
        let server = Influxd::start_own("a week of campaigns", Scheduler::Silent).await;
        let server = server.context("no influxd: name the program with INFLUXD")?;
        let now = amid_the_last_hour()?;
        // As `adx report --from 7d` cuts it.
        let start =
            EventTime::from_ms(now.minus(Millis(DAYS * DAY_MS))).context("an instant")?.floor_to(Millis(HOUR_MS));
        let start = EventTime::from_ms(start.as_ms()).context("an instant")?;
        let range = TimeRange::new(start, now).context("a range")?;
        let last_hour = EventTime::from_ms(now.minus(Millis(HOUR_MS))).and_then(|start| TimeRange::new(start, now));
        let last_hour = last_hour.context("a range")?;
        let week = Self { server, buckets: Buckets::of("adx")?, range, last_hour, now };
        let before = range.earlier(Millis(DAYS * DAY_MS)).context("a week before")?;
        for purpose in Purpose::ALL {
            week.server
                .client(&week.buckets.name(purpose))
                .ensure_bucket(purpose.keeps())
                .await
                .context("make a bucket")?;
        }
        for range in [range, before] {
            for part in week.coarsest().parts(range, None)? {
                week.fill(part).await?;
            }
        }
        week.fill(Part { level: Level::Shards, range: last_hour }).await?;
        if all_minutes() {
            week.fill(Part { level: Level::Minutes, range }).await?;
        }
        Ok(week)
    }

    pub fn client(&self) -> InfluxClient {
        self.server.client(self.buckets.prefix())
    }

    /// How `adx report` reads unless it is told otherwise.
    pub fn coarsest(&self) -> Reading {
        Reading::Coarsest { now: self.now }
    }

    /// Writes every point of a part.
    async fn fill(&self, part: Part) -> Result<()> {
        let client = self.server.client(&part.level.bucket(&self.buckets));
        let width = part.level.width().0;
        let starts: Vec<i64> = (part.range.start.as_ms()..part.range.stop.as_ms()).step_by(width as usize).collect();
        for starts in starts.chunks(CONNECTIONS) {
            let writes = starts.iter().map(|start| client.write(lines(part.level, *start).into()));
            futures_util::future::try_join_all(writes).await.context("write points")?;
        }
        Ok(())
    }
}

/// Buckets forget, as those of `adx influx init` do, and a server takes nothing that is older than its own clock allows.
#[allow(clippy::disallowed_methods, reason = "a real server drops what is older than its own clock allows")]
fn amid_the_last_hour() -> Result<EventTime> {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH)?;
    let ms = i64::try_from(since_epoch.as_millis())?;
    EventTime::from_ms((ms / HOUR_MS - 1) * HOUR_MS + NOW_INTO_HOUR.0).context("an instant")
}

/// Whether the variable asks for it.
pub fn all_minutes() -> bool {
    std::env::var_os(ALL_MINUTES).is_some()
}

/// Every campaign's points of a window.
fn lines(level: Level, start_ms: i64) -> String {
    let mut text = String::new();
    let shards: Vec<String> = match level {
        Level::Shards => (0..SHARDS).map(|shard| format!(",shard={shard}")).collect(),
        Level::Minutes | Level::Hours | Level::Days => vec![String::new()],
    };
    for (campaign, shard) in (0..CAMPAIGNS).flat_map(|campaign| shards.iter().map(move |shard| (campaign, shard))) {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{},advertiser_id=adv-{},campaign_id=cmp-{campaign:04}{shard} ",
            level.measurement(),
            campaign / 10
        );
        for (nth, field) in ADDITIVE.iter().enumerate() {
            let _ = write!(text, "{field}={}i,", (campaign * 7 + start_ms / 60_000 * (nth as i64 + 1)) % 10_007);
        }
        let ratios = if level == Level::Shards { &[] } else { RATIOS.as_slice() };
        ratios.iter().for_each(|field| {
            let _ = write!(text, "{field}=0.5,");
        });
        let _ = writeln!(text, "rev=1i {}", start_ms / SECOND_MS);
    }
    text
}
