// Of each task of ours, when it last succeeded and when it last failed: a check whose run fails says nothing about anything. One that has no
// run for longer than the longest of their periods is gone.
runs =
    from(bucket: "_tasks")
        |> range(start: -@forgotten@)
        |> filter(fn: (r) => r._measurement == "runs" and r._field == "name")
        |> last()
        |> filter(
            fn: (r) =>
                strings.hasPrefix(v: r._value, prefix: @alerts@) or strings.hasPrefix(v: r._value, prefix: @rollups@),
        )
        |> filter(fn: (r) => not strings.hasPrefix(v: r._value, prefix: @rules@))
        |> map(fn: (r) => ({task: r._value, what: if r.status == "success" then "succeeded" else "failed", n: int(v: r._time)}))
        |> group(columns: ["task", "what"])
        |> max(column: "n")
judged = now()

verdict = (r) =>
    if r.failed > r.succeeded then
        "bad"
    else if r.succeeded > r.failed or r.failed == 0 then
        "good"
    else
        "open"
value = (r) => 0.0
bound = (r) => 0.0
begin = (r) => r.failed
begun = (r) =>
    "task ${r.task} fails, so that what it does is not done, since ${moment(at: r.failed)}; look at its runs in InfluxDB"
ended = (r) =>
    if r.succeeded > 0 then
        "task ${r.task} succeeds again; it failed since ${moment(at: r.firing_since)}"
    else
        "task ${r.task} had no run in the last @forgotten@, it is gone or inactive; it failed since ${moment(at: r.firing_since)}"
