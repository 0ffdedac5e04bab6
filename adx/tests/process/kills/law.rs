//! What a log must be, given what was sent.

use super::sent::Attempt;

/// The attempts that make up `log`, which must be whole ones in the order in which they were sent, with every acknowledged one
/// where its acknowledgement says; else the first breach of that.
pub fn attempts_in(
    log: &[Vec<u8>],
    sent: &[Attempt],
    values: impl Fn(usize) -> Vec<Vec<u8>>,
) -> Result<Vec<usize>, String> {
    let (mut rest, mut found) = (log, Vec::new());
    while let Some(first) = rest.first() {
        let offset = log.len() - rest.len();
        let attempt = number(first).filter(|attempt| *attempt < sent.len());
        let attempt = attempt.ok_or_else(|| format!("what is at {offset} was never sent"))?;
        let expected = values(attempt);
        if found.last().is_some_and(|last| *last >= attempt) {
            return Err(format!("attempt {attempt} at {offset} comes after {found:?}"));
        }
        if !rest.starts_with(&expected) {
            return Err(format!("attempt {attempt} at {offset} is not whole or not as it was sent"));
        }
        if let Some(named) = sent[attempt].acknowledged.filter(|named| *named != offset as i64) {
            return Err(format!("attempt {attempt} is at {offset} and was acknowledged at {named}"));
        }
        rest = &rest[expected.len()..];
        found.push(attempt);
    }
    let is_gone = |attempt: &usize| sent[*attempt].acknowledged.is_some() && found.binary_search(attempt).is_err();
    match (0..sent.len()).find(is_gone) {
        Some(attempt) => Err(format!("attempt {attempt} was acknowledged and is gone")),
        None => Ok(found),
    }
}

/// The number that a value begins with.
fn number(value: &[u8]) -> Option<usize> {
    std::str::from_utf8(value.split(|byte| *byte == b' ').next()?).ok()?.parse().ok()
}

#[test]
fn every_breach_of_the_law_is_seen() {
    let acknowledged = [Some(0), None, Some(3)];
    let sent: Vec<_> = (0..).zip(acknowledged).map(|(batch, acknowledged)| Attempt { batch, acknowledged }).collect();
    let bytes = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect::<Vec<_>>();
    let values = |attempt: usize| bytes([&["0 a"][..], &["1 a", "1 b"], &["2 a"]][attempt]);
    let found = |log: &[&str]| attempts_in(&bytes(log), &sent, values);
    assert_eq!(found(&["0 a", "1 a", "1 b", "2 a"]), Ok(vec![0, 1, 2]));
    for (log, breach) in [
        (&["0 a", "1 a", "1 b"][..], "attempt 2 was acknowledged and is gone"),
        (&[], "attempt 0 was acknowledged and is gone"),
        (&["0 a", "2 a"], "attempt 2 is at 1 and was acknowledged at 3"),
        (&["0 a", "1 a", "2 a"], "attempt 1 at 1 is not whole or not as it was sent"),
        (&["0 a", "1 a", "1 c", "2 a"], "attempt 1 at 1 is not whole or not as it was sent"),
        (&["0 a", "1 a", "1 b", "0 a"], "attempt 0 at 3 comes after [0, 1]"),
        (&["0 a", "1 a", "1 b", "2 a", "2 a"], "attempt 2 at 4 comes after [0, 1, 2]"),
        (&["0 a", "3 a"], "what is at 1 was never sent"),
        (&["0 a", ""], "what is at 1 was never sent"),
    ] {
        assert_eq!(found(log), Err(breach.to_owned()));
    }
}
