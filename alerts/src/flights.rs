//! The plan: which campaigns are in flight from when to when, and what each may spend a day.

use std::collections::BTreeMap;
use std::fmt;

use adx_events::tag::is_tag_value;

const COLUMNS: [&str; 5] = ["campaign_id", "start", "end", "daily_budget", "time_zone"];
/// More would make a Flux text of megabytes.
const FLIGHTS_MAX: usize = 10_000;

/// All flights, by campaign and start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flights(Vec<Flight>);

/// A campaign that delivers from the first day to the last, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight {
    pub campaign: String,
    pub first: Day,
    pub last: Day,
    pub daily_budget: Budget,
    /// A name of the IANA time zone database, whose calendar the days are of.
    pub zone: String,
}

/// What may be spent in a day, in millionths of the reporting currency; more than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget(i64);

/// A thousand million of the currency: what is computed from it still fits.
const BUDGET_MICROS_MAX: i64 = 1_000_000_000_000_000;

/// A day of a calendar; as a number, `20260301`, days compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u32);

#[derive(Debug, thiserror::Error)]
pub enum FlightsError {
    #[error("its columns must be campaign_id,start,end,daily_budget,time_zone, in any order; there is no {column}")]
    Column { column: &'static str },
    #[error("line {line} is not csv")]
    Csv { line: u64, source: csv::Error },
    #[error("line {line}: {column} is {found:?}, wants {wants}")]
    Cell { line: u64, column: &'static str, found: String, wants: &'static str },
    #[error("line {line}: campaign {campaign:?} is in flight in line {other} already on some of these days")]
    Overlap { line: u64, other: u64, campaign: String },
    #[error(
        "line {line}: campaign {campaign:?} is in time zone {zone}, in line {other} in {other_zone}: give all its flights one, since its spending of a day is counted once"
    )]
    Zones { line: u64, other: u64, campaign: String, zone: String, other_zone: String },
    #[error("more than {FLIGHTS_MAX} flights")]
    TooMany,
}

impl Flights {
    pub fn iter(&self) -> impl Iterator<Item = &Flight> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every time zone once, in order.
    pub fn zones(&self) -> Vec<&str> {
        let mut zones: Vec<&str> = self.0.iter().map(|flight| flight.zone.as_str()).collect();
        zones.sort_unstable();
        zones.dedup();
        zones
    }

    /// Reads `campaigns-plan.csv`.
    pub fn parse(text: &str) -> Result<Self, FlightsError> {
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headers = reader.headers().map_err(|source| FlightsError::Csv { line: 1, source })?.clone();
        let mut at = [0; COLUMNS.len()];
        for (place, column) in at.iter_mut().zip(COLUMNS) {
            *place = headers.iter().position(|header| header == column).ok_or(FlightsError::Column { column })?;
        }
        let mut by_campaign: BTreeMap<String, Vec<(u64, Flight)>> = BTreeMap::new();
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|source| FlightsError::Csv { line: index as u64 + 2, source })?;
            let line = record.position().map_or(0, csv::Position::line);
            let flight = flight(line, at.map(|place| record.get(place).unwrap_or_default()))?;
            let others = by_campaign.entry(flight.campaign.clone()).or_default();
            flight.check_beside(line, others)?;
            others.push((line, flight));
            if index >= FLIGHTS_MAX {
                return Err(FlightsError::TooMany);
            }
        }
        let mut flights: Vec<Flight> = by_campaign.into_values().flatten().map(|(_, flight)| flight).collect();
        flights.sort_by(|one, other| (&one.campaign, one.first).cmp(&(&other.campaign, other.first)));
        Ok(Self(flights))
    }
}

impl Flight {
    /// Whether it can stand beside the campaign's other flights.
    fn check_beside(&self, line: u64, others: &[(u64, Self)]) -> Result<(), FlightsError> {
        let campaign = || self.campaign.clone();
        if let Some((other, _)) = others.iter().find(|(_, other)| other.overlaps(self)) {
            return Err(FlightsError::Overlap { line, other: *other, campaign: campaign() });
        }
        if let Some((other, flight)) = others.iter().find(|(_, other)| other.zone != self.zone) {
            let (zone, other_zone) = (self.zone.clone(), flight.zone.clone());
            return Err(FlightsError::Zones { line, other: *other, campaign: campaign(), zone, other_zone });
        }
        Ok(())
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

fn flight(line: u64, cells: [&str; COLUMNS.len()]) -> Result<Flight, FlightsError> {
    let [campaign, start, end, budget, zone] = cells;
    let refuse = |index: usize, wants| FlightsError::Cell {
        line,
        column: COLUMNS[index],
        found: cells[index].to_owned(),
        wants,
    };
    let day = "a day, for example 2026-03-01";
    let first = Day::parse(start).ok_or_else(|| refuse(1, day))?;
    let last = Day::parse(end).ok_or_else(|| refuse(2, day))?;
    if last < first {
        return Err(refuse(2, "the last day, not before the first"));
    }
    let wants = "money a day, more than 0, with a '.' and at most six digits after it, for example 120.50";
    let daily_budget = Budget::parse(budget).ok_or_else(|| refuse(3, wants))?;
    if !is_tag_value(campaign) {
        return Err(refuse(0, "a campaign's id, as in campaigns.csv"));
    }
    if !is_zone(zone) {
        return Err(refuse(4, "a name of the IANA database, for example Europe/Berlin or UTC"));
    }
    Ok(Flight { campaign: campaign.to_owned(), first, last, daily_budget, zone: zone.to_owned() })
}

impl Budget {
    /// Reads `120.50` exactly, never through a float.
    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 6 || text.ends_with('.') {
            return None;
        }
        let micros = format!("{whole}{fraction:0<6}").parse().ok()?;
        (1..=BUDGET_MICROS_MAX).contains(&micros).then_some(Self(micros))
    }

    pub fn as_micros(self) -> i64 {
        self.0
    }
}

/// Its form; whether there is such a zone, the server knows.
fn is_zone(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "/_+-".contains(letter);
    text.len() <= 64 && text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.chars().all(fits)
}

impl Day {
    fn parse(text: &str) -> Option<Self> {
        let midnight = format!("{text}T00:00:00Z");
        // Its parser knows which days there are.
        adx_events::time::EventTime::parse(midnight.as_bytes()).filter(|_| text.len() == 10)?;
        text.replace('-', "").parse().ok().map(Self)
    }
}

impl Day {
    /// The day of UTC that holds an instant, in seconds since the epoch.
    pub fn of_seconds(seconds: i64) -> Option<Self> {
        let instant = adx_events::time::WindowStart::from_seconds(seconds)?.to_string();
        Self::parse(instant.get(..10)?)
    }

    /// As a plan has it, `2026-03-01`.
    pub(crate) fn dashed(self) -> String {
        let Self(number) = self;
        format!("{:04}-{:02}-{:02}", number / 10_000, number / 100 % 100, number % 100)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "campaign_id,start,end,daily_budget,time_zone\n";

    fn parse(rows: &str) -> Result<Vec<String>, String> {
        let flights = Flights::parse(&format!("{HEADER}{rows}")).map_err(|error| error.to_string())?;
        let told = |flight: &Flight| {
            let Flight { campaign, first, last, daily_budget, zone } = flight;
            format!("{campaign} {first} {last} {} {zone}", daily_budget.as_micros())
        };
        Ok(flights.iter().map(told).collect())
    }

    #[test]
    fn flights_are_read_exactly() {
        let rows = "b,2026-03-01,2026-03-31,120.5,UTC\na,2026-02-01,2026-02-28,0.000001,Europe/Berlin\na,2026-01-01,2026-01-31,7,Europe/Berlin\nd,2026-01-01,2026-01-31,7,Etc/GMT+5\n";
        let expected = [
            "a 20260101 20260131 7000000 Europe/Berlin",
            "a 20260201 20260228 1 Europe/Berlin",
            "b 20260301 20260331 120500000 UTC",
            "d 20260101 20260131 7000000 Etc/GMT+5",
        ];
        assert_eq!(parse(rows).unwrap(), expected);
        assert_eq!(parse("").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_no_flight_is_refused_by_line_and_column() {
        for (row, expected) in [
            ("a,2026-02-30,2026-03-01,1,UTC", "line 2: start is \"2026-02-30\""),
            ("a,2026-03-02,2026-03-01,1,UTC", "line 2: end is \"2026-03-01\""),
            ("a,2026-03-01,2026-03-01,0,UTC", "line 2: daily_budget is \"0\""),
            ("a,2026-03-01,2026-03-01,1.,UTC", "line 2: daily_budget is \"1.\""),
            ("a,2026-03-01,2026-03-01,-1,UTC", "line 2: daily_budget is \"-1\""),
            ("a,2026-03-01,2026-03-01,1.0000001,UTC", "line 2: daily_budget is"),
            ("a,2026-03-01,2026-03-01,1,Nowhere Land", "line 2: time_zone is"),
            (",2026-03-01,2026-03-01,1,UTC", "line 2: campaign_id is \"\""),
            ("a,2026-03-01,2026-03-01,1", "line 2 is not csv"),
            (
                "a,2026-03-01,2026-03-05,1,UTC\na,2026-03-05,2026-03-09,1,UTC",
                "line 3: campaign \"a\" is in flight in line 2",
            ),
            (
                "a,2026-03-01,2026-03-05,1,UTC\nb,2026-03-01,2026-03-05,1,Asia/Tokyo\na,2026-03-06,2026-03-09,1,Asia/Tokyo",
                "line 4: campaign \"a\" is in time zone Asia/Tokyo, in line 2 in UTC",
            ),
        ] {
            let error = parse(row).unwrap_err();
            assert!(error.starts_with(expected), "{row}: {error}");
        }
        let error = Flights::parse("campaign_id,start,end,budget,time_zone\n").unwrap_err();
        assert!(error.to_string().contains("there is no daily_budget"), "{error}");
    }
}
