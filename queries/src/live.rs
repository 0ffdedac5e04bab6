//! The measurements of a live pipeline about itself: what came in by minute of reading, and how it fares. All fields are integers.
//! Source: the contract's "Points in InfluxDB".

/// A measurement in the bucket for quality.
///
/// Two promises of whoever writes them, which checks and dashboards rely on: the fields by which one knows that a sink or an edge lives are
/// written always, also when they are 0, since a silence is a death; and every counter of `quality` and `pipeline` counts its interval alone,
/// not all since the start, so that it can be summed over time and over restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LiveMeasurement {
    /// The ledger of an edge and topic, a minute.
    Quality,
    /// Rejected records by reason.
    QualityReason,
    /// A process of the sink.
    Pipeline,
}

impl LiveMeasurement {
    pub const ALL: [Self; 3] = [Self::Quality, Self::QualityReason, Self::Pipeline];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Quality => "quality",
            Self::QualityReason => "quality_reason",
            Self::Pipeline => "pipeline",
        }
    }

    pub const fn tag_keys(self) -> &'static [&'static str] {
        match self {
            Self::Quality => &["topic", "edge", "shard"],
            Self::QualityReason => &["topic", "reason", "shard"],
            Self::Pipeline => &["instance"],
        }
    }

    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Quality => &[
                "read",
                "accepted",
                "duplicate",
                "resend",
                "rejected",
                "late",
                "missing",
                "misrouted",
                "orphan_clicks",
                "unmapped",
                "skew_ms",
            ],
            Self::QualityReason => &["rejected"],
            Self::Pipeline => &[
                "lag_records",
                "watermark_lag_ms",
                "e2e_p50_ms",
                "e2e_p99_ms",
                "points_written",
                "points_failed",
                "state_bytes",
            ],
        }
    }
}
