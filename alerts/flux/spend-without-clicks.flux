delivered =
    totals(start: since, stop: until, prefix: "", fields: (r) => r._field == "cost_micros" or r._field == "clicks")
judged = until

verdict = (r) =>
    if r.clicks > 0 or r.cost_micros == 0 then
        "good"
    else if r.cost_micros >= spendMax(id: r.campaign_id) then
        "bad"
    else
        "open"
value = (r) => float(v: r.cost_micros) / 1000000.0
bound = (r) => float(v: spendMax(id: r.campaign_id)) / 1000000.0
begin = (r) => int(v: since)
begun = (r) =>
    "campaign ${r.campaign_id} spends without clicks: ${money(micros: r.cost_micros)} @currency@ and no click in the last @window@, against at most ${money(micros: spendMax(id: r.campaign_id))} @currency@, since ${moment(at: int(v: since))}; look at @look@"
ended = (r) =>
    if r.clicks > 0 then
        "campaign ${r.campaign_id} has clicks again: ${string(v: r.clicks)} for ${money(micros: r.cost_micros)} @currency@ in the last @window@; it had none since ${moment(at: r.firing_since)}"
    else
        "campaign ${r.campaign_id} no longer spends: it did so without clicks since ${moment(at: r.firing_since)}"
