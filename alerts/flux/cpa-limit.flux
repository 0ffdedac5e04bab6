delivered =
    totals(start: since, stop: until, prefix: "", fields: (r) => r._field == "cost_micros" or r._field == "conversions")
judged = until

most = (r) => float(v: cpaMax(id: r.campaign_id)) * float(v: r.conversions)
verdict = (r) =>
    if cpaMax(id: r.campaign_id) == 0 or r.cost_micros == 0 then
        "good"
    else if r.cost_micros < spendMin(id: r.campaign_id) then
        "open"
    else if float(v: r.cost_micros) > most(r: r) then
        "bad"
    else if float(v: r.cost_micros) <= most(r: r) * 0.9 then
        "good"
    else
        "open"
cpa = (r) => if r.conversions > 0 then r.cost_micros / r.conversions else r.cost_micros
value = (r) => float(v: cpa(r: r)) / 1000000.0
bound = (r) => float(v: cpaMax(id: r.campaign_id)) / 1000000.0
begin = (r) => int(v: since)
begun = (r) =>
    "campaign ${r.campaign_id} pays too much for conversions: ${money(micros: r.cost_micros)} @currency@ for ${string(v: r.conversions)} of them in the last @window@, against at most ${money(micros: cpaMax(id: r.campaign_id))} @currency@ each, since ${moment(at: int(v: since))}; look at @look@"
ended = (r) =>
    "campaign ${r.campaign_id} no longer pays too much for conversions: ${money(micros: r.cost_micros)} @currency@ for ${string(v: r.conversions)} of them in the last @window@; it did since ${moment(at: r.firing_since)}"
