impressions = (r) => r._field == "impressions"
delivered = totals(start: since, stop: until, prefix: "", fields: impressions)
usual = totals(start: date.sub(d: 1d, from: until), stop: since, prefix: "was_", fields: impressions)
// Whoever delivered of late is in flight where no plan says so; the last seven days say who there is.
known =
    from(bucket: @windows@)
        |> range(start: -@known@, stop: until)
        |> filter(fn: (r) => r._measurement == "campaign_1m" and r._field == "impressions")
        |> filter(fn: (r) => r._value > 0)
        |> last()
        |> group(columns: ["campaign_id"])
        |> max(column: "_time")
        |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "last", n: int(v: r._time)}))
lastHeard = (measurement, field, known) =>
    from(bucket: @quality@)
        |> range(start: date.sub(d: known, from: now()))
        |> filter(fn: (r) => r._measurement == measurement and r._field == field)
        |> last()
silentSince = (tables=<-, silent) =>
    tables
        |> max(column: "_time")
        |> filter(fn: (r) => r._time <= date.sub(d: silent, from: now()))
        |> map(fn: (r) => ({n: int(v: r._time)}))
        |> group()
        |> findColumn(fn: (key) => true, column: "n")
silentEdges =
    lastHeard(measurement: "quality", field: @edgeField@, known: @edgeKnown@)
        |> group(columns: ["edge"])
        |> silentSince(silent: @edgeSilent@)
silentSinks =
    lastHeard(measurement: "pipeline", field: @sinkField@, known: @sinkKnown@)
        |> group(columns: ["instance"])
        |> silentSince(silent: @sinkSilent@)
judged = until

// With, or soon after, an edge that is silent now: that edge's alert stands for this one. Nothing can be said while a sink is silent.
explained = (r) =>
    length(arr: silentSinks) > 0 or length(
        arr: array.filter(arr: silentEdges, fn: (x) => r.last >= x - @slackNs@ and r.last <= x + @slackNs@),
    ) > 0

// One that delivers little in a day may well deliver nothing in a window.
sparse = (r) => r.was_impressions > 0 and r.was_impressions * @windowSeconds@ < impressionsMin(id: r.campaign_id) * 86400

verdict = (r) =>
    if r.impressions > 0 or r.last == 0 and r.in_flight == 0 then
        "good"
    else if sparse(r: r) or explained(r: r) then
        "open"
    else
        "bad"
value = (r) => 0.0
bound = (r) => 1.0
begin = (r) => if r.last > 0 then r.last else int(v: since)
begun = (r) =>
    if r.last > 0 then
        "campaign ${r.campaign_id} in flight has no impressions: 0 in the last @window@, the last one at ${moment(at: r.last)}; look at @look@"
    else
        "campaign ${r.campaign_id} in flight has no impressions: 0 in the last @window@, and none in the last @known@; look at @look@"
ended = (r) =>
    if r.impressions > 0 then
        "campaign ${r.campaign_id} has impressions again: ${string(v: r.impressions)} in the last @window@; it had none since ${moment(at: r.firing_since)}"
    else
        "campaign ${r.campaign_id} is no longer in flight; it had no impressions since ${moment(at: r.firing_since)}"
