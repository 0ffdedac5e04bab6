// Judged are settled windows alone: not the last @settle@, and none from the first on that is not settled yet.
latest = date.truncate(t: date.sub(d: @settle@, from: now()), unit: 1m)
unsettled =
    from(bucket: @windows@)
        |> range(start: -3h, stop: latest)
        |> filter(fn: (r) => r._measurement == "campaign_1m" and r._field == "settled")
        |> filter(fn: (r) => r._value == 0)
        |> first()
        |> map(fn: (r) => ({n: int(v: r._time)}))
        |> group()
        |> min(column: "n")
        |> findColumn(fn: (key) => true, column: "n")
until = if length(arr: unsettled) > 0 then time(v: unsettled[0]) else latest
since = date.sub(d: @window@, from: until)

// Totals of campaigns as rows of a campaign, what it is of, and how much. What has no campaign, `unmapped`, is none.
totals = (start, stop, prefix, fields) =>
    from(bucket: @windows@)
        |> range(start: start, stop: stop)
        |> filter(fn: (r) => r._measurement == "campaign_1m" and r.campaign_id != "unmapped")
        |> filter(fn: fields)
        |> group(columns: ["campaign_id", "_field"])
        |> sum()
        |> map(fn: (r) => ({campaign_id: r.campaign_id, what: prefix + r._field, n: r._value}))
