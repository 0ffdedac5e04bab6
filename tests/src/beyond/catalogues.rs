//! Catalogues that are refused whole (exit 2).

/// What is wrong, and the bytes of `campaigns.csv`. Where a row is wrong, it is the last one.
pub fn refused_catalogues() -> Vec<(&'static str, Vec<u8>)> {
    const HEADER: &str = "ad_creative_id,campaign_id,advertiser_id,valid_from,valid_to\n";
    let row = |what, row: &str| (what, format!("{HEADER}k1,A,adv,,\n{row}\n").into_bytes());
    let long = format!("k2,{},adv,,", "\u{e9}".repeat(65));
    vec![
        ("a missing column", b"ad_creative_id,campaign_id\nk,A\n".to_vec()),
        ("a header that cannot be read", b"\"ad_creative_id\"x,campaign_id,advertiser_id\nk,A,adv\n".to_vec()),
        row("too few cells", "k2,A,adv"),
        row("too many cells", "k2,A,adv,,,"),
        row("a quote that never closes", "\"k2,A,adv,,"),
        row("an empty creative", ",A,adv,,"),
        row("an empty campaign", "k2,,adv,,"),
        row("an empty advertiser", "k2,A,,,"),
        row("a campaign called unmapped", "k2,unmapped,adv,,"),
        row("an advertiser called unmapped", "k2,A,unmapped,,"),
        row("a campaign over 64 code points", &long),
        row("a campaign with a control character", "k2,A\tB,adv,,"),
        row("a campaign that ends in a backslash", "k2,A\\,adv,,"),
        row("a time that is none", "k2,A,adv,soon,"),
        row("an end that is no time", "k2,A,adv,,2026-02-30T00:00:00Z"),
        row("a span that ends where it begins", "k2,A,adv,1772324400000,2026-03-01T00:20:00Z"),
        row("a span that ends before it begins", "k2,A,adv,1772324400001,1772324400000"),
        row("two campaigns of a creative for ever", "k1,B,adv,,"),
        row("two campaigns of a creative for a millisecond", "k2,A,adv,,1772324400001\nk2,B,adv,1772324400000,"),
        row("a campaign of two advertisers", "k2,A,adv 2,,"),
    ]
}
