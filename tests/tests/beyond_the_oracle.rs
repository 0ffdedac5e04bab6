//! The inputs beyond the oracle: catalogues that must be refused are, and the files that it can read have the answer derived by hand.

use adx_tests::beyond::{cases, refused_catalogues};
use adx_tests::inputs::write_files;
use adx_tests::oracle::{OracleError, Spans, judge};

#[test]
fn the_oracle_refuses_every_catalogue_that_must_be() {
    for (what, catalogue) in refused_catalogues() {
        let dir = tempfile::tempdir().unwrap();
        write_files(&[(b"campaigns.csv".to_vec(), catalogue)], dir.path()).unwrap();
        let Some(answer) = judge(dir.path(), Spans::SHORT) else { return };
        assert!(matches!(answer, Err(OracleError::Refused { .. })), "{what}: {answer:?}");
    }
}

#[test]
fn what_the_oracle_can_read_has_the_derived_answer() {
    let readable = [
        "codec null",
        "codec deflate",
        "a header alone",
        "a datum as large as can be",
        "two gzip members, cut inside a line",
        "an empty file inside gzip",
        "a file name that is not UTF-8",
    ];
    let cases: Vec<_> = cases().into_iter().filter(|case| readable.contains(&case.name)).collect();
    assert_eq!(cases.len(), readable.len());
    for case in cases {
        let dir = tempfile::tempdir().unwrap();
        write_files(&case.files, dir.path()).unwrap();
        let Some(answer) = judge(dir.path(), Spans::SHORT) else { return };
        assert_eq!(answer.unwrap(), case.expected(), "{}", case.name);
    }
}
