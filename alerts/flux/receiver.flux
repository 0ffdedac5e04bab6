// Every alert that was to go to the receiver in the last day, and every one that it took, by check and time of the status: a run of the
// notification rule that failed leaves no row of its own.
sentTo =
    from(bucket: "_monitoring")
        |> range(start: -1d, stop: date.sub(d: @patience@, from: now()))
        |> filter(fn: (r) => r._measurement == "statuses" and r._field == "adx_since")
        |> filter(fn: (r) => r.adx_set == @set@ and r.adx_notify == "yes" and r.@route@ == "yes")
        |> map(fn: (r) => ({status: r._check_id + string(v: int(v: r._time)), at: int(v: r._time), what: "due", n: 1}))
takenBy =
    from(bucket: "_monitoring")
        |> range(start: -1d)
        |> filter(fn: (r) => r._measurement == "notifications" and r._field == "_status_timestamp")
        |> filter(fn: (r) => r._notification_endpoint_name == @endpoint@ and r._sent == "true")
        |> map(fn: (r) => ({status: r._check_id + string(v: r._value), at: r._value, what: "taken", n: 1}))
alerts =
    union(tables: [sentTo, takenBy])
        |> group(columns: ["status"])
        |> reduce(
            identity: {at: 0, due: 0, taken: 0},
            fn: (r, accumulator) =>
                ({
                    at: r.at,
                    due: accumulator.due + (if r.what == "due" then r.n else 0),
                    taken: accumulator.taken + (if r.what == "taken" then r.n else 0),
                }),
        )
        |> map(fn: (r) => ({receiver: @receiver@, at: r.at, lost: if r.due > r.taken then r.due - r.taken else 0}))
        |> group(columns: ["receiver"])
lost = alerts |> filter(fn: (r) => r.lost > 0)
taken = alerts |> filter(fn: (r) => r.lost == 0)
lostNumber = lost |> sum(column: "lost") |> map(fn: (r) => ({receiver: r.receiver, what: "lost", n: r.lost}))
lostLast = lost |> max(column: "at") |> map(fn: (r) => ({receiver: r.receiver, what: "lost_last", n: r.at}))
lostFirst = lost |> min(column: "at") |> map(fn: (r) => ({receiver: r.receiver, what: "lost_first", n: r.at}))
takenLast = taken |> max(column: "at") |> map(fn: (r) => ({receiver: r.receiver, what: "taken_last", n: r.at}))
judged = now()

verdict = (r) =>
    if r.lost_last > r.taken_last or r.lost_last > int(v: date.sub(d: @window@, from: now())) then
        "bad"
    else
        "good"
value = (r) => float(v: r.lost)
bound = (r) => 0.0
begin = (r) => r.lost_first
begun = (r) =>
    "receiver ${r.receiver} does not take alerts: ${string(v: r.lost)} of the last day were not answered as taken, against 0, since ${moment(at: r.lost_first)}; look at measurement notifications in bucket _monitoring, at the runs of the notification rule, and at the receiver, of which only status 200 counts"
ended = (r) =>
    if r.taken_last == 0 then
        "receiver ${r.receiver} has lost no alert in the last day, in which none was sent; it did not take them since ${moment(at: r.firing_since)}"
    else
        "receiver ${r.receiver} takes alerts again; it did not since ${moment(at: r.firing_since)}, and what it missed is not sent again: look at measurement statuses in bucket _monitoring"
