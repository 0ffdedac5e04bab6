//! Catalogues that are sound, with spans that begin and end where records lie.

use proptest::prelude::*;
use proptest::sample::select;

use super::alphabet::{CAMPAIGNS, When, first};
use super::spelling::Spelling;

/// `k1` keeps its campaign, `k2` changes it, `k3` has one for a while, `k4` for one millisecond; now and then there are no rows.
pub(super) fn catalogue(instants: &[i64]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let campaigns = prop::collection::vec(first(&CAMPAIGNS[..3]), 4);
    (campaigns, prop::collection::vec(select(instants.to_vec()), 3), any::<u64>(), 0..12u8).prop_map(
        |(campaigns, mut at, seed, form)| {
            at.sort_unstable();
            let last = at[2].max(at[0] + 1);
            let rows = [
                ("k1", campaigns[0], None, None),
                ("k2", campaigns[1], None, Some(at[0])),
                ("k2", campaigns[2], Some(at[1]), None),
                ("k3", campaigns[3], Some(at[0]), Some(last)),
                ("k4", campaigns[3], Some(at[0]), Some(at[0] + 1)),
            ];
            let rows = if form == 0 { &[][..] } else { &rows[..] };
            write(rows, Spelling::new(seed))
        },
    )
}

type Row = (&'static str, &'static str, Option<i64>, Option<i64>);

fn write(rows: &[Row], mut spelling: Spelling) -> Vec<u8> {
    let end = ["\n", "\r\n", "\r"][spelling.take(3) as usize];
    let noted = spelling.rarely(3);
    let mut text = if spelling.rarely(4) { "\u{feff}".to_owned() } else { String::new() };
    text += "ad_creative_id,campaign_id,advertiser_id,valid_from,valid_to";
    text += if noted { ",note" } else { "" };
    text += end;
    for (creative, campaign, from, to) in rows {
        let bound = |at: &Option<i64>, spelling: &mut Spelling| at.map(|ms| When::AtMs(ms).text(spelling).0);
        let (from, to) = (bound(from, &mut spelling), bound(to, &mut spelling));
        let campaign = campaign.replace('"', "\"\"");
        let advertiser = if campaign == "A" { "adv 1" } else { "adv 2" };
        text +=
            &format!("{creative},\"{campaign}\",{advertiser},{},{}", from.unwrap_or_default(), to.unwrap_or_default());
        text += if noted { ",\"a\nnote\"" } else { "" };
        text += end;
    }
    text.into_bytes()
}
