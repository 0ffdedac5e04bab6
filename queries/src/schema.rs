//! The one table of measurements: names, tag keys, and fields with their types.
//! Source: the contract's "Points in InfluxDB". A field's type never changes: InfluxDB refuses the point otherwise.

/// A measurement whose points hold window totals, one per series and window start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measurement {
    /// What a campaign delivered in a window.
    Campaign,
    /// Conversions counted in the window of the touch that won them.
    Touch,
    /// Conversions by kind and attribution.
    Conversion,
    /// Bid requests by exchange.
    Demand,
}

/// The type of a field's value in InfluxDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// `i64`; counts, and money in micros.
    Integer,
    /// `true` or `false`.
    Boolean,
}

/// A field every point of its measurement carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Field {
    pub name: &'static str,
    pub kind: FieldKind,
}

const fn integer(name: &'static str) -> Field {
    Field { name, kind: FieldKind::Integer }
}

const fn boolean(name: &'static str) -> Field {
    Field { name, kind: FieldKind::Boolean }
}

/// Revision (sum of the shard's input positions), fit for alerts, fit for billing.
const REV: Field = integer("rev");
const SETTLED: Field = boolean("settled");
const FINAL: Field = boolean("final");

const CAMPAIGN: [Field; 14] = [
    integer("impressions"),
    integer("users"),
    integer("clicks"),
    integer("attributed_clicks"),
    integer("conversions"),
    integer("attributed_conversions"),
    integer("view_through_conversions"),
    integer("cost_micros"),
    integer("value_micros"),
    integer("invalid_test"),
    integer("invalid_bot"),
    REV,
    SETTLED,
    FINAL,
];
const TOUCH: [Field; 5] = [integer("conversions_by_touch"), integer("value_micros"), REV, SETTLED, FINAL];
const CONVERSION: [Field; 5] = [integer("conversions"), integer("value_micros"), REV, SETTLED, FINAL];
const DEMAND: [Field; 6] = [integer("bid_requests"), integer("slots"), integer("floor_micros"), REV, SETTLED, FINAL];

impl Measurement {
    pub const ALL: [Self; 4] = [Self::Campaign, Self::Touch, Self::Conversion, Self::Demand];

    /// The name as InfluxDB stores it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Touch => "touch",
            Self::Conversion => "conversion",
            Self::Demand => "demand",
        }
    }

    /// The measurement called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measurement| measurement.name() == name)
    }

    /// The keys of the tags every point carries; a set that grew or shrank would be a new series.
    pub const fn tag_keys(self) -> &'static [&'static str] {
        match self {
            Self::Campaign | Self::Touch => &["campaign_id", "advertiser_id", "shard"],
            Self::Conversion => &["campaign_id", "conversion_type", "attribution", "shard"],
            Self::Demand => &["exchange", "shard"],
        }
    }

    /// The fields every point carries, each time all of them.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Campaign => &CAMPAIGN,
            Self::Touch => &TOUCH,
            Self::Conversion => &CONVERSION,
            Self::Demand => &DEMAND,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again_and_nothing_else_is() {
        for measurement in Measurement::ALL {
            assert_eq!(Measurement::from_name(measurement.name()), Some(measurement));
        }
        for unknown in ["", "Campaign", "campaign ", "quality"] {
            assert_eq!(Measurement::from_name(unknown), None);
        }
    }

    #[test]
    fn every_measurement_says_how_final_it_is_and_no_key_stands_twice() {
        for measurement in Measurement::ALL {
            for flag in [REV, SETTLED, FINAL] {
                assert!(measurement.fields().contains(&flag), "{} lacks {}", measurement.name(), flag.name);
            }
            let mut keys: Vec<&str> = measurement.fields().iter().map(|field| field.name).collect();
            keys.extend(measurement.tag_keys());
            let all = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), all, "{} uses a key twice", measurement.name());
        }
    }
}
