//! Exit codes, and messages that name what is wrong.

use adx_tests::beyond::refused_catalogues;
use adx_tests::inputs::write_files;
use adx_tests::oracle::Spans;

use crate::runner::run;

#[test]
fn no_directory_no_catalogue_and_refused_catalogues_are_2() {
    let (dir, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let missing = dir.path().join("nowhere");
    let exit = run(&missing, out.path(), Spans::SHORT, 1);
    assert_eq!(exit.code, 2);
    assert!(exit.error.contains("nowhere"), "{}", exit.error);
    let exit = run(dir.path(), out.path(), Spans::SHORT, 1);
    assert_eq!(exit.code, 2);
    assert!(exit.error.contains("campaigns.csv"), "{}", exit.error);
    for (what, catalogue) in refused_catalogues() {
        write_files(&[(b"campaigns.csv".to_vec(), catalogue)], dir.path()).unwrap();
        let exit = run(dir.path(), out.path(), Spans::SHORT, 1);
        assert_eq!(exit.code, 2, "{what}");
        assert!(exit.error.contains("campaigns.csv"), "{what}: {}", exit.error);
    }
}

#[test]
fn an_input_of_nothing_but_a_catalogue_is_done() {
    let (dir, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let catalogue = b"ad_creative_id,campaign_id,advertiser_id\n".to_vec();
    write_files(&[(b"campaigns.csv".to_vec(), catalogue)], dir.path()).unwrap();
    let exit = run(dir.path(), out.path(), Spans::SHORT, 2);
    assert_eq!((exit.code, exit.error.as_str()), (0, ""));
    let windows = std::fs::read_to_string(out.path().join("demand_windows.csv")).unwrap();
    assert_eq!(windows, "window,exchange,bid_requests,slots,floor_micros\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_beside_another_is_refused_and_takes_nothing_from_it() {
    let (dir, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let catalogue = b"ad_creative_id,campaign_id,advertiser_id\n".to_vec();
    write_files(&[(b"campaigns.csv".to_vec(), catalogue)], dir.path()).unwrap();
    let refused = out.path().join("refused-points.lp");
    std::fs::write(&refused, "m f=1i 60\n").unwrap();
    let data = Some(out.path().join(".topics"));
    let other = adx_local_fluvio::LocalFluvio::start(adx_local_fluvio::Config { data, ..Default::default() });
    let other = other.await.unwrap();
    let (input, results) = (dir.path().to_owned(), out.path().to_owned());
    let exit = tokio::task::spawn_blocking(move || run(&input, &results, Spans::SHORT, 1)).await.unwrap();
    assert_eq!(exit.code, 1);
    assert!(exit.error.contains("in use by another process"), "{}", exit.error);
    assert_eq!(std::fs::read_to_string(&refused).unwrap(), "m f=1i 60\n");
    other.shutdown().await;
}
