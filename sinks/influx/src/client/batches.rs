//! Lines cut into batches that InfluxDB takes well.

use bytes::Bytes;

/// A batch ends before either bound is passed; a longer line is a batch by itself.
const BATCH_POINTS_MAX: usize = 5_000;
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// The batches still to be written, in the order of their lines.
pub(super) struct Batches {
    rest: Bytes,
    /// Parts of a batch that was too large, the first one last.
    halves: Vec<Bytes>,
}

impl Batches {
    pub(super) fn new(lines: Bytes) -> Self {
        Self { rest: lines, halves: Vec::new() }
    }

    /// Puts a batch back as two, or says that it is a single line.
    pub(super) fn put_back_in_halves(&mut self, batch: &Bytes) -> bool {
        let middle = batch.len() / 2;
        let after = batch[middle..].iter().position(|&byte| byte == b'\n').map(|at| middle + at + 1);
        let before = || batch[..middle].iter().rposition(|&byte| byte == b'\n').map(|at| at + 1);
        let Some(cut) = after.filter(|&cut| cut < batch.len()).or_else(before) else { return false };
        self.halves.push(batch.slice(cut..));
        self.halves.push(batch.slice(..cut));
        true
    }
}

impl Iterator for Batches {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if let Some(half) = self.halves.pop() {
            return Some(half);
        }
        let end = batch_end(&self.rest)?;
        Some(self.rest.split_to(end))
    }
}

fn batch_end(lines: &[u8]) -> Option<usize> {
    let ends = lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let whole =
        ends.take(BATCH_POINTS_MAX).enumerate().take_while(|&(count, end)| count == 0 || end <= BATCH_BYTES_MAX);
    match whole.last() {
        Some((_, end)) => Some(end),
        None if lines.is_empty() => None,
        None => Some(lines.len()), // a last line without its end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn batches_keep_to_their_bounds_and_lose_nothing() {
        let short = "m f=1i 1\n".repeat(12_001);
        let long = format!("m f={}\n", "1".repeat(600_000)).repeat(3);
        for (lines, expected) in [(short, vec![5_000, 5_000, 2_001]), (long, vec![1, 1, 1]), (String::new(), vec![])] {
            let batches: Vec<Bytes> = Batches::new(Bytes::from(lines.clone())).collect();
            let counts: Vec<usize> =
                batches.iter().map(|batch| batch.iter().filter(|&&b| b == b'\n').count()).collect();
            assert_eq!(counts, expected);
            assert_eq!(batches.concat(), lines.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn halving_to_single_lines_keeps_their_order(lengths in proptest::collection::vec(0..9_usize, 1..40)) {
            let lines: String = lengths.iter().map(|&length| "x".repeat(length) + "\n").collect();
            let mut batches = Batches::new(Bytes::from(lines.clone()));
            let (mut singles, mut batch) = (Vec::new(), batches.next());
            while let Some(whole) = batch {
                if !batches.put_back_in_halves(&whole) {
                    prop_assert_eq!(whole.iter().filter(|&&byte| byte == b'\n').count(), 1);
                    singles.push(whole);
                }
                batch = batches.next();
            }
            prop_assert_eq!(singles.len(), lengths.len());
            prop_assert_eq!(singles.concat(), lines.as_bytes());
        }
    }
}
