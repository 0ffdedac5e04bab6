//! Which campaign a creative belongs to when, and whose campaign it is: campaigns.csv, taken whole or refused.

use std::sync::Arc;

use adx_events::csv_rows::{cells, rows};
use adx_events::reason::Reason;
use adx_events::tag::is_tag_value;
use adx_events::time::EventTime;
use hashbrown::HashMap;

use crate::spans::{Span, Spans};

mod place;

pub use place::{LineNumber, Place, RowNumber};

/// What stands for the campaign, and its advertiser, of whatever belongs to none.
pub const UNMAPPED: &str = "unmapped";

const CREATIVE: &str = "ad_creative_id";
const CAMPAIGN: &str = "campaign_id";
const ADVERTISER: &str = "advertiser_id";
const SINCE: &str = "valid_from";
const UNTIL: &str = "valid_to";

/// A campaign of one catalogue, or [`CampaignIndex::UNMAPPED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CampaignIndex(u32);

impl CampaignIndex {
    /// No campaign that the catalogue knows; counted, never joined.
    pub const UNMAPPED: CampaignIndex = CampaignIndex(0);

    pub fn is_mapped(self) -> bool {
        self != Self::UNMAPPED
    }

    /// Its number among those of the catalogue.
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    #[cfg(test)]
    pub(crate) fn of_test(n: u32) -> Self {
        Self(n)
    }
}

/// Why a catalogue is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("campaigns.csv, {place}: {refusal}")]
pub struct CatalogueError {
    pub place: Place,
    pub refusal: Refusal,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the header cannot be read ({0})")]
    UnreadableHeader(Reason),
    #[error("the header lacks the column {0}")]
    NoColumn(&'static str),
    #[error("the row cannot be read ({0})")]
    UnreadableRow(Reason),
    #[error("the row has {found} cells where the header has {expected}")]
    Cells { expected: usize, found: usize },
    #[error("ad_creative_id is empty")]
    NoCreative,
    #[error(
        "{column} {value:?} is not 1 to 64 characters without control characters or a backslash at the end, or is \"unmapped\""
    )]
    BadId { column: &'static str, value: String },
    #[error("{column} {value:?} is no time")]
    BadTime { column: &'static str, value: String },
    #[error("valid_from is not before valid_to")]
    EmptySpan,
    #[error("creative {creative:?} has two campaigns at one time, here and at {earlier}")]
    TwoCampaigns { creative: String, earlier: Place },
    #[error("campaign {campaign:?} changes its advertiser, given at {earlier}")]
    TwoAdvertisers { campaign: String, earlier: Place },
}

/// A sound catalogue.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// By [`CampaignIndex`]; the first is `unmapped`.
    campaigns: Vec<Campaign>,
    by_name: HashMap<Arc<str>, CampaignIndex>,
    /// Where a creative's spans lie in `spans`.
    creatives: HashMap<Box<str>, (u32, u32)>,
    /// Disjoint and ascending within a creative.
    spans: Vec<Span>,
}

#[derive(Debug, Clone)]
struct Campaign {
    name: Arc<str>,
    advertiser: Arc<str>,
}

impl Catalogue {
    /// Reads campaigns.csv; without rows everything is `unmapped`.
    pub fn parse(data: &[u8]) -> Result<Self, CatalogueError> {
        let mut rows = (1..).map(RowNumber).zip(rows(data));
        let mut draft = Draft::new();
        let at = |row, refusal: Refused| refusal.at(row, data);
        let Some((row, header)) = rows.next() else { return Ok(draft.finish()) };
        let columns = Columns::of(header).map_err(|refusal| at(row, refusal))?;
        for (row, text) in rows {
            draft.add(row, text, &columns).map_err(|refusal| at(row, refusal))?;
        }
        Ok(draft.finish())
    }

    /// The campaign of this name.
    pub fn known(&self, name: &str) -> CampaignIndex {
        self.by_name.get(name).copied().unwrap_or(CampaignIndex::UNMAPPED)
    }

    /// The campaign that an impression names, if the catalogue knows it, else that of its creative at its time.
    pub fn campaign_of_impression(&self, named: &str, creative: &str, at: EventTime) -> CampaignIndex {
        let named = self.known(named);
        if named.is_mapped() { named } else { self.of_creative(creative, at) }
    }

    /// The campaign's id.
    pub fn name(&self, campaign: CampaignIndex) -> &Arc<str> {
        &self.campaigns[campaign.0 as usize].name
    }

    /// The campaign's advertiser.
    pub fn advertiser(&self, campaign: CampaignIndex) -> &Arc<str> {
        &self.campaigns[campaign.0 as usize].advertiser
    }

    /// How many campaigns it knows.
    pub fn campaigns(&self) -> usize {
        self.by_name.len()
    }

    fn of_creative(&self, creative: &str, at: EventTime) -> CampaignIndex {
        let Some((start, end)) = self.creatives.get(creative) else { return CampaignIndex::UNMAPPED };
        let spans = &self.spans[*start as usize..*end as usize];
        let after = spans.partition_point(|s| s.since <= at.as_ms());
        let last = after.checked_sub(1).map(|i| spans[i]).filter(|s| at.as_ms() < s.until);
        last.map_or(CampaignIndex::UNMAPPED, |s| s.campaign)
    }
}

/// Where the columns stand; of a name that comes twice the last holds.
struct Columns {
    count: usize,
    creative: usize,
    campaign: usize,
    advertiser: usize,
    since: Option<usize>,
    until: Option<usize>,
}

impl Columns {
    fn of(header: Result<&str, Reason>) -> Result<Self, Refused> {
        let names: Vec<_> = cells(header.map_err(Refusal::UnreadableHeader)?).collect();
        let find = |column: &str| names.iter().rposition(|name| name == column);
        let need = |column: &'static str| find(column).ok_or(Refusal::NoColumn(column));
        Ok(Self {
            count: names.len(),
            creative: need(CREATIVE)?,
            campaign: need(CAMPAIGN)?,
            advertiser: need(ADVERTISER)?,
            since: find(SINCE),
            until: find(UNTIL),
        })
    }
}

/// A catalogue while it is read.
struct Draft {
    campaigns: Vec<Campaign>,
    by_name: HashMap<Arc<str>, (CampaignIndex, RowNumber)>,
    creatives: HashMap<String, Spans>,
}

impl Draft {
    fn new() -> Self {
        let unmapped = Campaign { name: UNMAPPED.into(), advertiser: UNMAPPED.into() };
        Self { campaigns: vec![unmapped], by_name: HashMap::new(), creatives: HashMap::new() }
    }

    fn add(&mut self, row: RowNumber, text: Result<&str, Reason>, columns: &Columns) -> Result<(), Refused> {
        let cells: Vec<_> = cells(text.map_err(Refusal::UnreadableRow)?).collect();
        if cells.len() != columns.count {
            return Err(Refusal::Cells { expected: columns.count, found: cells.len() }.into());
        }
        let creative = &*cells[columns.creative];
        if creative.is_empty() {
            return Err(Refusal::NoCreative.into());
        }
        let campaign = id(CAMPAIGN, &cells[columns.campaign])?;
        let advertiser = id(ADVERTISER, &cells[columns.advertiser])?;
        let since = time(SINCE, columns.since.map_or("", |i| &cells[i]), 0)?;
        let until = time(UNTIL, columns.until.map_or("", |i| &cells[i]), EventTime::END.as_ms())?;
        if since >= until {
            return Err(Refusal::EmptySpan.into());
        }
        self.span(row, creative, campaign, since, until)?;
        self.advertise(row, campaign, advertiser)
    }

    fn span(&mut self, row: RowNumber, creative: &str, campaign: &str, since: i64, until: i64) -> Result<(), Refused> {
        // A campaign that is new here gets its number below, in `advertise`: the next one.
        let next = CampaignIndex(self.campaigns.len() as u32);
        let campaign = self.by_name.get(campaign).map_or(next, |(index, _)| *index);
        let spans = self.creatives.entry_ref(creative).or_default();
        let against = |earlier| Refused::TwoCampaigns { creative: excerpt(creative), earlier };
        spans.add(Span { since, until, campaign }, row).map_err(against)
    }

    fn advertise(&mut self, row: RowNumber, campaign: &str, advertiser: &str) -> Result<(), Refused> {
        if let Some((index, earlier)) = self.by_name.get(campaign) {
            let same = *self.campaigns[index.0 as usize].advertiser == *advertiser;
            let against = Refused::TwoAdvertisers { campaign: excerpt(campaign), earlier: *earlier };
            return if same { Ok(()) } else { Err(against) };
        }
        let name: Arc<str> = campaign.into();
        self.by_name.insert(name.clone(), (CampaignIndex(self.campaigns.len() as u32), row));
        self.campaigns.push(Campaign { name, advertiser: advertiser.into() });
        Ok(())
    }

    fn finish(self) -> Catalogue {
        let (mut creatives, mut spans) = (HashMap::with_capacity(self.creatives.len()), Vec::new());
        for (creative, sorted) in self.creatives {
            let start = spans.len() as u32;
            spans.extend(sorted.into_sorted());
            creatives.insert(creative.into_boxed_str(), (start, spans.len() as u32));
        }
        let by_name = self.by_name.into_iter().map(|(name, (index, _))| (name, index)).collect();
        Catalogue { campaigns: self.campaigns, by_name, creatives, spans }
    }
}

/// A refusal whose places are not yet looked up: that takes another pass over the file.
enum Refused {
    Plain(Refusal),
    TwoCampaigns { creative: String, earlier: RowNumber },
    TwoAdvertisers { campaign: String, earlier: RowNumber },
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Refused::Plain(refusal)
    }
}

impl Refused {
    fn at(self, row: RowNumber, data: &[u8]) -> CatalogueError {
        let place = |row| Place::of(row, data);
        let refusal = match self {
            Refused::Plain(refusal) => refusal,
            Refused::TwoCampaigns { creative, earlier } => Refusal::TwoCampaigns { creative, earlier: place(earlier) },
            Refused::TwoAdvertisers { campaign, earlier } => {
                Refusal::TwoAdvertisers { campaign, earlier: place(earlier) }
            }
        };
        CatalogueError { place: place(row), refusal }
    }
}

fn id<'a>(column: &'static str, value: &'a str) -> Result<&'a str, Refusal> {
    let good = is_tag_value(value) && value != UNMAPPED;
    good.then_some(value).ok_or_else(|| Refusal::BadId { column, value: excerpt(value) })
}

fn time(column: &'static str, value: &str, absent: i64) -> Result<i64, Refusal> {
    if value.is_empty() {
        return Ok(absent);
    }
    let at = EventTime::parse(value.as_bytes()).map(EventTime::as_ms);
    at.ok_or_else(|| Refusal::BadTime { column, value: excerpt(value) })
}

/// As much of a value as a message can bear.
fn excerpt(value: &str) -> String {
    value[..value.floor_char_boundary(100)].to_owned()
}

#[cfg(test)]
mod tests;
