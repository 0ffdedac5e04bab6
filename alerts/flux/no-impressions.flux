impressions = (r) => r._field == "impressions"
delivered = totals(start: since, stop: until, prefix: "", fields: impressions)
usual = totals(start: date.sub(d: 1d, from: until), stop: since, prefix: "was_", fields: impressions)
// Whoever delivered of late is in flight where no plan says so.
known =
    from(bucket: @windows@)
        |> range(start: -@known@, stop: until)
        |> filter(fn: (r) => r._measurement == "campaign_1m" and r._field == "impressions" and r.campaign_id != "unmapped")
        |> filter(fn: (r) => r._value > 0)
        |> last()
        |> group(columns: ["campaign_id"])
        |> max(column: "_time")
        |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "last", n: int(v: r._time)}))
// When each edge that has been silent for some time was last heard of, as far back as campaigns are known.
silentEdges =
    from(bucket: @quality@)
        |> range(start: -@known@)
        |> filter(fn: (r) => r._measurement == "quality" and r._field == @edgeField@)
        |> last()
        |> group(columns: ["edge"])
        |> max(column: "_time")
        |> filter(fn: (r) => r._time <= date.sub(d: @edgeSilent@, from: now()))
        |> map(fn: (r) => ({n: int(v: r._time)}))
        |> group()
        |> findColumn(fn: (key) => true, column: "n")
sinks =
    from(bucket: @quality@)
        |> range(start: -@sinkSilent@)
        |> filter(fn: (r) => r._measurement == "pipeline" and r._field == @sinkField@)
        |> last()
        |> group()
        |> findColumn(fn: (key) => true, column: "_value")
rows =
    from(bucket: @windows@)
        |> range(start: since, stop: until)
        |> filter(fn: (r) => r._measurement == "campaign_1m" and r._field == "impressions")
        |> last()
        |> group()
        |> findColumn(fn: (key) => true, column: "_value")
judged = until

// While no sink lives, or no campaign at all has a row (sinks catch up, or nothing merges what they write), nobody knows what campaigns do.
unknown = length(arr: sinks) == 0 or length(arr: rows) == 0

// With an edge that is silent now, by the bound of the edge's own alert, which stands for this one.
explained = (r) =>
    length(arr: array.filter(arr: silentEdges, fn: (x) => r.last >= x - @slackNs@ and r.last <= x)) > 0

// One that delivers little in a day may well deliver nothing in a window.
sparse = (r) => r.was_impressions > 0 and r.was_impressions * @windowSeconds@ < impressionsMin(id: r.campaign_id) * 86400

inFlight = (r) => r.began_in_flight > 0 and r.ended_in_flight > 0
verdict = (r) =>
    if r.impressions > 0 or r.flights > 0 and not inFlight(r: r) or r.flights == 0 and r.last == 0 then
        "good"
    else if unknown or sparse(r: r) or explained(r: r) then
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
    else if r.flights > 0 then
        "campaign ${r.campaign_id} is not in flight any more, by its plan; it had no impressions since ${moment(at: r.firing_since)}"
    else
        "campaign ${r.campaign_id} is no longer in flight; it had no impressions since ${moment(at: r.firing_since)}"
