//! Other arrangements of the same records: shuffled, split into more files, given twice.

use super::{BidFile, Input, Item, LineFile, RowFile};

/// A file whose records can be moved to another of its topic.
trait Records: Clone {
    type Record: Clone;
    fn items(&mut self) -> &mut Vec<Item<Self::Record>>;
    fn rename(&mut self, prefix: &str);
}

macro_rules! records {
    ($file:ty, $record:ty) => {
        impl Records for $file {
            type Record = $record;
            fn items(&mut self) -> &mut Vec<Item<Self::Record>> {
                &mut self.items
            }
            fn rename(&mut self, prefix: &str) {
                self.name.insert_str(0, prefix);
            }
        }
    };
}
records!(LineFile, super::Impression);
records!(RowFile, super::Tracked);
records!(BidFile, super::Bid);

impl Input {
    /// The records of each topic in another order, over all its files.
    pub fn shuffled(&self, seed: u64) -> Input {
        self.with(
            |files| shuffle(files, &mut Order(seed)),
            |files| shuffle(files, &mut Order(seed ^ 1)),
            |files| shuffle(files, &mut Order(seed ^ 2)),
        )
    }

    /// Every file cut in two, at a place that the seed chooses.
    pub fn split(&self, seed: u64) -> Input {
        self.with(|files| split(files, seed), |files| split(files, seed), |files| split(files, seed))
    }

    /// Every file a second time, under another name.
    pub fn doubled(&self) -> Input {
        self.with(double, double, double)
    }

    fn with(
        &self,
        lines: impl FnOnce(&mut Vec<LineFile>),
        rows: impl FnOnce(&mut Vec<RowFile>),
        bids: impl FnOnce(&mut Vec<BidFile>),
    ) -> Input {
        let mut input = self.clone();
        lines(&mut input.impressions);
        rows(&mut input.clicks);
        bids(&mut input.bids);
        input
    }
}

/// Draws for an order (SplitMix64).
struct Order(u64);

impl Order {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

fn shuffle<F: Records>(files: &mut [F], order: &mut Order) {
    let mut all: Vec<_> = files.iter_mut().flat_map(|file| std::mem::take(file.items())).collect();
    for place in (1..all.len()).rev() {
        all.swap(place, order.below(place + 1));
    }
    let count = files.len();
    for item in all {
        files[order.below(count)].items().push(item);
    }
}

fn split<F: Records>(files: &mut Vec<F>, seed: u64) {
    let mut order = Order(seed);
    let mut halves = files.clone();
    for (file, half) in files.iter_mut().zip(&mut halves) {
        let at = order.below(file.items().len() + 1);
        *half.items() = file.items().split_off(at);
        half.rename("second-");
    }
    files.append(&mut halves);
}

fn double<F: Records>(files: &mut Vec<F>) {
    let mut copies = files.clone();
    copies.iter_mut().for_each(|file| file.rename("copy-"));
    files.append(&mut copies);
}
