//! What a log must be, given what was sent.

use super::sent::Attempt;

/// The attempts that make up `log`, after checking that it is made of whole ones in the order in which they were sent, and that
/// every acknowledged one is where its acknowledgement says.
pub fn attempts_in(log: &[Vec<u8>], sent: &[Attempt], values: impl Fn(usize) -> Vec<Vec<u8>>) -> Vec<usize> {
    let (mut rest, mut found) = (log, Vec::new());
    while let Some(first) = rest.first() {
        let (attempt, offset) = (number(first), log.len() - rest.len());
        assert!(found.last().is_none_or(|last| *last < attempt), "attempt {attempt} at {offset} comes after {found:?}");
        let expected = values(attempt);
        assert!(rest.starts_with(&expected), "attempt {attempt} at {offset} is not whole or not as it was sent");
        let named = sent[attempt].acknowledged;
        assert!(named.is_none_or(|named| named == offset as i64), "attempt {attempt} at {offset}, not {named:?}");
        rest = &rest[expected.len()..];
        found.push(attempt);
    }
    for (attempt, _) in sent.iter().enumerate().filter(|(_, sent)| sent.acknowledged.is_some()) {
        assert!(found.binary_search(&attempt).is_ok(), "attempt {attempt} was acknowledged and is gone");
    }
    found
}

/// The number that a value begins with.
fn number(value: &[u8]) -> usize {
    let digits = value.split(|byte| *byte == b' ').next().unwrap();
    std::str::from_utf8(digits).unwrap().parse().unwrap()
}

#[test]
fn every_breach_of_the_law_is_seen() {
    let acknowledged = [Some(0), None, Some(3)];
    let sent: Vec<_> = (0..).zip(acknowledged).map(|(batch, acknowledged)| Attempt { batch, acknowledged }).collect();
    let values = |attempt: usize| [vec!["0 a"], vec!["1 a", "1 b"], vec!["2 a"]][attempt].clone();
    let holds = |log: &[&str]| {
        let bytes = |values: Vec<&str>| values.into_iter().map(|value| value.as_bytes().to_vec()).collect::<Vec<_>>();
        let log = bytes(log.to_vec());
        std::panic::catch_unwind(|| attempts_in(&log, &sent, |attempt| bytes(values(attempt)))).ok()
    };
    assert_eq!(holds(&["0 a", "1 a", "1 b", "2 a"]), Some(vec![0, 1, 2]));
    for breach in [
        &["0 a", "2 a"][..],                  // not at its offset
        &["0 a", "1 a", "1 b"],               // lost
        &["0 a", "1 a", "2 a"],               // half a batch
        &["0 a", "1 a", "1 c", "2 a"],        // other bytes
        &["0 a", "2 a", "1 a", "1 b"],        // out of order
        &["0 a", "1 a", "1 b", "2 a", "2 a"], // twice
        &["1 a", "1 b", "0 a", "2 a"],
        &[],
    ] {
        assert_eq!(holds(breach), None, "{breach:?}");
    }
}
