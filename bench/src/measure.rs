//! One run's measurement, and the figure that several make.

use std::io;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::stats::Spread;
use crate::usage;

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Events handled, chains started, or questions answered.
    pub count: u64,
    pub wall: Duration,
    pub cpu: Duration,
    /// Peak memory of the process measured, where that is one of its own.
    pub peak_bytes: Option<u64>,
}

/// Measures from its start to [`Clock::stop`], all threads of this process.
#[derive(Debug)]
pub struct Clock {
    wall: Instant,
    cpu: Duration,
}

impl Clock {
    pub fn start() -> io::Result<Self> {
        let cpu = usage::own()?.cpu;
        Ok(Self { wall: Instant::now(), cpu })
    }

    pub fn stop(self, count: u64) -> io::Result<Sample> {
        let wall = self.wall.elapsed();
        Ok(Sample { count, wall, cpu: usage::own()?.cpu.saturating_sub(self.cpu), peak_bytes: None })
    }
}

/// What a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Events; CPU time is told for a million.
    Events,
    /// Chains of SmartModules compiled and started; CPU time is told for one.
    Starts,
    /// Questions answered by an InfluxDB; CPU time, this process's alone, is told for one.
    Queries,
}

impl Unit {
    /// How many of what is counted CPU time is told for.
    pub fn told_for(self) -> f64 {
        match self {
            Self::Events => 1e6,
            Self::Starts | Self::Queries => 1.0,
        }
    }
}

/// A row's runs taken together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    pub row: String,
    pub unit: Unit,
    /// Counted in the last run.
    pub count: u64,
    pub runs: usize,
    pub per_second: Spread,
    /// Seconds of CPU time for a million events, or for one of what else is counted.
    pub cpu_seconds: Spread,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_bytes: Option<Spread>,
}

impl Figure {
    /// None where there were no runs.
    pub fn of(row: &str, unit: Unit, samples: &[Sample]) -> Option<Self> {
        let per_second = |s: &Sample| s.count as f64 / s.wall.as_secs_f64().max(f64::MIN_POSITIVE);
        let cpu_seconds = |s: &Sample| s.cpu.as_secs_f64() / (s.count as f64).max(1.0) * unit.told_for();
        let peaks = samples.iter().filter_map(|s| s.peak_bytes).map(|bytes| bytes as f64);
        Some(Self {
            row: row.to_owned(),
            unit,
            count: samples.last()?.count,
            runs: samples.len(),
            per_second: Spread::of(samples.iter().map(per_second))?,
            cpu_seconds: Spread::of(samples.iter().map(cpu_seconds))?,
            peak_bytes: Spread::of(peaks),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(count: u64, wall_ms: u64, cpu_ms: u64) -> Sample {
        Sample { count, wall: Duration::from_millis(wall_ms), cpu: Duration::from_millis(cpu_ms), peak_bytes: None }
    }

    #[test]
    fn rates_are_of_each_run_and_cpu_time_is_of_a_million_events() {
        let samples = [sample(1_000, 100, 200), sample(1_000, 50, 100), sample(1_000, 1_000, 300)];
        let figure = Figure::of("row", Unit::Events, &samples).unwrap();
        assert_eq!(figure.per_second, Spread { median: 10_000.0, min: 1_000.0, max: 20_000.0 });
        assert_eq!(figure.cpu_seconds, Spread { median: 200.0, min: 100.0, max: 300.0 });
        assert_eq!((figure.runs, figure.count, figure.peak_bytes), (3, 1_000, None));
        let starts = Figure::of("row", Unit::Starts, &[sample(2, 100, 900)]).unwrap();
        assert_eq!((starts.per_second.median, starts.cpu_seconds.median), (20.0, 0.45));
        assert_eq!(Figure::of("row", Unit::Events, &[]), None);
    }

    #[test]
    fn a_clock_sees_the_work_between_its_ends() {
        let clock = Clock::start().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(5) {}
        let sample = clock.stop(7).unwrap();
        assert!(sample.count == 7 && sample.wall >= Duration::from_millis(5) && sample.cpu > Duration::ZERO);
    }
}
