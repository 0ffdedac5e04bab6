delivered =
    totals(start: since, stop: until, prefix: "", fields: (r) => r._field == "cost_micros" or r._field == "value_micros")
judged = until

verdict = (r) =>
    if roasMin(id: r.campaign_id) == 0.0 or r.cost_micros == 0 then
        "good"
    else if r.cost_micros < spendMin(id: r.campaign_id) then
        "open"
    else if float(v: r.value_micros) < roasMin(id: r.campaign_id) * float(v: r.cost_micros) then
        "bad"
    else if float(v: r.value_micros) >= roasMin(id: r.campaign_id) * 1.1 * float(v: r.cost_micros) then
        "good"
    else
        "open"
roas = (r) =>
    if r.cost_micros > 0 then
        float(v: int(v: float(v: r.value_micros) * 100.0 / float(v: r.cost_micros))) / 100.0
    else
        0.0
value = (r) => roas(r: r)
bound = (r) => roasMin(id: r.campaign_id)
begin = (r) => int(v: since)
begun = (r) =>
    "campaign ${r.campaign_id} earns too little: ${money(micros: r.value_micros)} @currency@ for ${money(micros: r.cost_micros)} @currency@ in the last @window@, a return of ${string(v: roas(r: r))} against at least ${string(v: roasMin(id: r.campaign_id))}, since ${moment(at: int(v: since))}; look at @look@"
ended = (r) =>
    "campaign ${r.campaign_id} no longer earns too little: ${money(micros: r.value_micros)} @currency@ for ${money(micros: r.cost_micros)} @currency@ in the last @window@; it did since ${moment(at: r.firing_since)}"
