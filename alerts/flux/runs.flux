// Of each task of ours, when it last succeeded and when it last failed: a check whose run fails says nothing about anything.
runs =
    from(bucket: "_tasks")
        |> range(start: -@window@)
        |> filter(fn: (r) => r._measurement == "runs" and r._field == "name")
        |> filter(fn: (r) => strings.hasPrefix(v: r._value, prefix: @prefix@) and not strings.hasPrefix(v: r._value, prefix: @rules@))
        |> map(fn: (r) => ({task: r._value, what: if r.status == "success" then "succeeded" else "failed", n: int(v: r._time)}))
        |> group(columns: ["task", "what"])
        |> max(column: "n")
judged = now()

verdict = (r) =>
    if r.failed > r.succeeded then
        "bad"
    else if r.succeeded > r.failed then
        "good"
    else
        "open"
value = (r) => 0.0
bound = (r) => 0.0
begin = (r) => r.failed
begun = (r) =>
    "task ${r.task} fails, so that what it does is not done, since ${moment(at: r.failed)}; look at its runs in InfluxDB"
ended = (r) => "task ${r.task} succeeds again; it failed since ${moment(at: r.firing_since)}"
