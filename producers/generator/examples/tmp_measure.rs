//! tmp
fn main() {
    let mut a = std::env::args().skip(1);
    let dir = a.next().unwrap();
    let n: u64 = a.next().unwrap().parse().unwrap();
    let users: u32 = a.next().unwrap().parse().unwrap();
    let s = adx_generator::Settings { impressions: n, bids: n, users, ..Default::default() };
    let t = std::time::Instant::now();
    let sum = adx_generator::generate(&s, std::path::Path::new(&dir), |p| eprintln!("{p:?}")).unwrap();
    let e = t.elapsed();
    println!("{sum:?} {:?} {:.0}/s", e, sum.records() as f64 / e.as_secs_f64());
}
