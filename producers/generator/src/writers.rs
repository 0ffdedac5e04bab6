//! The files of a directory: every event goes to one part of its topic.

use std::fs;
use std::io::Write;
use std::path::Path;

use adx_events::topic::Topic;

use crate::container::Container;
use crate::datum::{self, Defect};
use crate::dice::Dice;
use crate::event::{Body, Event};
use crate::lines;
use crate::parts::Part;
use crate::rows::Layout;
use crate::settings::Settings;
use crate::text::TimeWriter;
use crate::{GenerateError, Summary, Written};

pub(crate) struct Writers {
    parts: usize,
    impressions: Vec<Part>,
    clicks: Vec<(Layout, Part)>,
    bids: Vec<Container<Part>>,
    dice: Dice,
    times: TimeWriter,
    record: Vec<u8>,
    /// Per topic: whether a record over the size has been written.
    oversized: [bool; Topic::ALL.len()],
    summary: Summary,
}

impl Writers {
    pub(crate) fn open(settings: &Settings, out: &Path) -> Result<Self, GenerateError> {
        for topic in Topic::ALL {
            let folder = out.join(topic.input());
            fs::create_dir(&folder).map_err(GenerateError::io(&folder))?;
        }
        let parts = settings.parts as usize;
        let mut dice = Dice::of(settings.seed, u64::MAX - 1);
        Ok(Self {
            parts,
            impressions: (0..parts).map(|part| line_part(out, part, settings)).collect::<Result<_, _>>()?,
            clicks: (0..parts).map(|part| row_part(out, part)).collect::<Result<_, _>>()?,
            bids: (0..parts).map(|part| bid_part(out, part, settings, &mut dice)).collect::<Result<_, _>>()?,
            dice,
            times: TimeWriter::new(),
            record: Vec::new(),
            oversized: [false; Topic::ALL.len()],
            summary: Summary::default(),
        })
    }

    /// Writes one record into a part that is drawn.
    pub(crate) fn write(&mut self, event: &Event) -> Result<(), GenerateError> {
        self.record.clear();
        let drawn = self.dice.index(self.parts);
        let first_broken = event.broken && !std::mem::replace(&mut self.oversized[event.topic().index()], event.broken);
        let (record, times) = (&mut self.record, &mut self.times);
        let written = match &event.body {
            Body::Impression(impression) => {
                match (event.broken, first_broken) {
                    (false, _) => lines::write(record, times, impression, &event.look),
                    (true, false) => lines::write_broken(record, times, impression.at_ms, &event.look),
                    (true, true) => lines::write_oversized(record),
                }
                let part = &mut self.impressions[drawn];
                part.write_all(record).map_err(part.tell())?;
                &mut self.summary.impressions
            }
            Body::Tracked(tracked) => {
                let (layout, part) = &mut self.clicks[drawn];
                match (event.broken, first_broken) {
                    (false, _) => layout.write(record, times, tracked, &event.look),
                    (true, false) => layout.write_broken(record, times, tracked, &event.look),
                    (true, true) => layout.write_oversized(record),
                }
                part.write_all(record).map_err(part.tell())?;
                &mut self.summary.clicks
            }
            Body::Bid(bid) => {
                let defect = if event.broken { Defect::drawn(event.look.seed) } else { Defect::None };
                datum::write(record, bid, &event.look, defect);
                let container = &mut self.bids[drawn];
                container.write(record).map_err(container.get_ref().tell())?;
                &mut self.summary.bids
            }
        };
        *written = Written { records: written.records + 1, bytes: written.bytes + record.len() as u64 };
        Ok(())
    }

    /// Lets all that has been written be read.
    pub(crate) fn flush(&mut self) -> Result<(), GenerateError> {
        let texts = self.impressions.iter_mut().chain(self.clicks.iter_mut().map(|(_, part)| part));
        for part in texts {
            part.flush().map_err(part.tell())?;
        }
        for container in &mut self.bids {
            container.flush().map_err(container.get_ref().tell())?;
        }
        Ok(())
    }

    /// Ends every file; without that the directory is incomplete.
    pub(crate) fn finish(self) -> Result<Summary, GenerateError> {
        self.impressions.into_iter().try_for_each(Part::finish)?;
        self.clicks.into_iter().try_for_each(|(_, part)| part.finish())?;
        self.bids.into_iter().try_for_each(finish_container)?;
        Ok(self.summary)
    }
}

fn line_part(out: &Path, part: usize, settings: &Settings) -> Result<Part, GenerateError> {
    let parts = settings.parts as usize;
    let end = if settings.gzip_last && parts > 1 && part + 1 == parts { "jsonl.gz" } else { "jsonl" };
    Part::create(out.join(Topic::Impressions.input()).join(format!("part-{part:02}.{end}")))
}

fn row_part(out: &Path, part: usize) -> Result<(Layout, Part), GenerateError> {
    let layout = Layout::of_part(part);
    let mut file = Part::create(out.join(Topic::Clicks.input()).join(format!("part-{part:02}.csv")))?;
    let mut header = Vec::new();
    layout.write_header(&mut header);
    file.write_all(&header).map_err(file.tell())?;
    Ok((layout, file))
}

fn bid_part(out: &Path, part: usize, settings: &Settings, dice: &mut Dice) -> Result<Container<Part>, GenerateError> {
    let path = out.join(Topic::Bids.input()).join(format!("part-{part:02}.avro"));
    let mut sync = [0; 16];
    sync[..8].copy_from_slice(&dice.bits().to_le_bytes());
    sync[8..].copy_from_slice(&dice.bits().to_le_bytes());
    let file = Part::create(path.clone())?;
    Container::create(file, datum::SCHEMA, sync, settings.bid_codec).map_err(GenerateError::io(&path))
}

fn finish_container(container: Container<Part>) -> Result<(), GenerateError> {
    let path = container.get_ref().path().to_owned();
    container.finish().map_err(GenerateError::io(&path))?.finish()
}
