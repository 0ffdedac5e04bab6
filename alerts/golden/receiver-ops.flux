// Rendered by `adx alerts` from alerts.toml: change that and apply it, not this text.
import "array"
import "date"
import "dict"
import "influxdata/influxdb"
import "influxdata/influxdb/monitor"
import "strings"
import "timezone"

option task = {name: "adx receiver ops", every: 1m, offset: 20s}

check = {_check_id: "", _check_name: "adx receiver ops", _type: "custom", tags: {adx_set: "adx", adx_rule: "receiver", adx_to_desk: "yes"}}

money = (micros) => string(v: float(v: micros / 10000) / 100.0)

// Of nanoseconds, to the minute.
moment = (at) => strings.substring(v: string(v: time(v: at)), start: 0, end: 16) + "Z"

// The last word on each series, of this check. Retention forgets it after seven days, so that what lasts is told again each day, to nobody.
told =
    from(bucket: "_monitoring")
        |> range(start: -7d)
        |> filter(fn: (r) => r._measurement == "statuses" and r._check_name == "adx receiver ops" and r._field == "adx_since")
        |> last()
        |> group(columns: ["receiver"])
        |> sort(columns: ["_time"])
        |> last()
firing = told |> filter(fn: (r) => r._level != "ok")
before =
    union(
        tables: [
            firing |> map(fn: (r) => ({receiver: r.receiver, what: "firing_since", n: r._value})),
            firing |> map(fn: (r) => ({receiver: r.receiver, what: "told_at", n: int(v: r._time)})),
        ],
    )

// Every alert that was to go to the receiver in the last day, and every one that it took, by check and time of the status: a run of the
// notification rule that failed leaves no row of its own.
sentTo =
    from(bucket: "_monitoring")
        |> range(start: -1d, stop: date.sub(d: 3m, from: now()))
        |> filter(fn: (r) => r._measurement == "statuses" and r._field == "adx_since")
        |> filter(fn: (r) => r.adx_set == "adx" and r.adx_notify == "yes" and r.adx_to_ops == "yes")
        |> map(fn: (r) => ({status: r._check_id + string(v: int(v: r._time)), at: int(v: r._time), what: "due", n: 1}))
takenBy =
    from(bucket: "_monitoring")
        |> range(start: -1d)
        |> filter(fn: (r) => r._measurement == "notifications" and r._field == "_status_timestamp")
        |> filter(fn: (r) => r._notification_endpoint_name == "adx ops" and r._sent == "true")
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
        |> map(fn: (r) => ({receiver: "ops", at: r.at, lost: if r.due > r.taken then r.due - r.taken else 0}))
        |> group(columns: ["receiver"])
lost = alerts |> filter(fn: (r) => r.lost > 0)
taken = alerts |> filter(fn: (r) => r.lost == 0)
lostNumber = lost |> sum(column: "lost") |> map(fn: (r) => ({receiver: r.receiver, what: "lost", n: r.lost}))
lostLast = lost |> max(column: "at") |> map(fn: (r) => ({receiver: r.receiver, what: "lost_last", n: r.at}))
lostFirst = lost |> min(column: "at") |> map(fn: (r) => ({receiver: r.receiver, what: "lost_first", n: r.at}))
takenLast = taken |> max(column: "at") |> map(fn: (r) => ({receiver: r.receiver, what: "taken_last", n: r.at}))
judged = now()

verdict = (r) =>
    if r.lost_last > r.taken_last or r.lost_last > int(v: date.sub(d: 15m, from: now())) then
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

off = (r) => false

// One row for each series, every number in it, 0 where there is none: nothing can be null.
union(tables: [lostNumber, lostFirst, lostLast, takenLast, before])
    |> group(columns: ["receiver"])
    |> reduce(
        identity: {lost: 0, lost_first: 0, lost_last: 0, taken_last: 0, firing_since: 0, told_at: 0},
        fn: (r, accumulator) =>
            ({
                lost: accumulator.lost + (if r.what == "lost" then r.n else 0),
                lost_first: accumulator.lost_first + (if r.what == "lost_first" then r.n else 0),
                lost_last: accumulator.lost_last + (if r.what == "lost_last" then r.n else 0),
                taken_last: accumulator.taken_last + (if r.what == "taken_last" then r.n else 0),
                firing_since: accumulator.firing_since + (if r.what == "firing_since" then r.n else 0),
                told_at: accumulator.told_at + (if r.what == "told_at" then r.n else 0),
            }),
    )
    |> map(fn: (r) => ({r with verdict: if off(r: r) then "good" else verdict(r: r)}))
    // A status is written where an episode begins or ends: a receiver hears of each once.
    |> map(
        fn: (r) =>
            ({r with adx_event:
                    if r.verdict == "bad" and r.firing_since == 0 then
                        "begins"
                    else if r.verdict == "good" and r.firing_since > 0 then
                        "ends"
                    else if r.firing_since > 0 and r.told_at <= int(v: date.sub(d: 1d, from: now())) then
                        "lasts"
                    else
                        "",
            }),
    )
    |> filter(fn: (r) => r.adx_event != "")
    |> map(
        fn: (r) =>
            ({
                receiver: r.receiver,
                _measurement: "notifications",
                _time: judged,
                _message:
                    if r.adx_event == "begins" then
                        begun(r: r)
                    else if r.adx_event == "lasts" then
                        "receiver ${r.receiver}: rule receiver is still alerting, since ${moment(at: r.firing_since)}"
                    else if off(r: r) then
                        "receiver ${r.receiver}: rule receiver is switched off, and was alerting since ${moment(at: r.firing_since)}"
                    else
                        ended(r: r),
                adx_event: r.adx_event,
                adx_notify: if r.adx_event == "lasts" then "no" else "yes",
                adx_since: if r.adx_event == "begins" then begin(r: r) else r.firing_since,
                adx_value: value(r: r),
                adx_limit: bound(r: r),
            }),
    )
    |> group(columns: ["_measurement", "receiver", "adx_notify"])
    |> monitor.check(data: check, messageFn: (r) => r._message, crit: (r) => r.adx_event != "ends")
