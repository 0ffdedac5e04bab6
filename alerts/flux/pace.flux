// What the zone's campaigns have spent since its midnight; at midnight itself the range would be empty.
spent = (zone, campaigns) =>
    totals(
        start: if zone.midnight < until then zone.midnight else date.sub(d: 1m, from: until),
        stop: until,
        prefix: "",
        fields: (r) => r._field == "cost_micros",
    )
        |> filter(fn: (r) => contains(value: r.campaign_id, set: campaigns))
inFlight = flights |> filter(fn: (r) => r.first <= r.today and r.today <= r.last)
budgets = inFlight |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "budget", n: r.budget}))
dues = inFlight |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "due", n: r.budget / r.day_s * r.elapsed_s}))
elapsed = inFlight |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "elapsed_s", n: r.elapsed_s}))
@spent@
judged = until

verdict = (r) =>
    if r.budget == 0 then
        "good"
    else if r.elapsed_s < @afterSeconds@ then
        "open"
    else if float(v: r.cost_micros) @beyond@ factor(id: r.campaign_id) * float(v: r.due) then
        "bad"
    else if float(v: r.cost_micros) @within@ factor(id: r.campaign_id) * @calm@ * float(v: r.due) then
        "good"
    else
        "open"
value = (r) => float(v: r.cost_micros) / 1000000.0
bound = (r) => factor(id: r.campaign_id) * float(v: r.due) / 1000000.0
begin = (r) => int(v: until) - r.elapsed_s * 1000000000
begun = (r) =>
    "campaign ${r.campaign_id} spends @what@ its plan: ${money(micros: r.cost_micros)} @currency@ today, against ${money(micros: r.due)} planned by now (${money(micros: r.budget)} a day), @side@ ${string(v: factor(id: r.campaign_id))} times of that, since ${moment(at: begin(r: r))}; look at @look@"
ended = (r) =>
    if r.budget == 0 then
        "campaign ${r.campaign_id} is no longer in flight; it spent @what@ its plan since ${moment(at: r.firing_since)}"
    else
        "campaign ${r.campaign_id} spends by its plan again: ${money(micros: r.cost_micros)} @currency@ today, against ${money(micros: r.due)} planned by now; it did not since ${moment(at: r.firing_since)}"
