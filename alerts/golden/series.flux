// Rendered by `adx alerts` from alerts.toml: change that and apply it, not this text.
import "array"
import "date"
import "dict"
import "influxdata/influxdb"
import "influxdata/influxdb/monitor"
import "strings"
import "timezone"

option task = {name: "adx series", every: 15m, offset: 20s}

check = {_check_id: "", _check_name: "adx series", _type: "custom", tags: {adx_set: "adx", adx_rule: "series", adx_to_desk: "yes", adx_to_ops: "yes"}}

money = (micros) => string(v: float(v: micros / 10000) / 100.0)

// Of nanoseconds, to the minute.
moment = (at) => strings.substring(v: string(v: time(v: at)), start: 0, end: 16) + "Z"

// The last word on each series, of this check. Retention forgets it after seven days, so that what lasts is told again each day, to nobody.
told =
    from(bucket: "_monitoring")
        |> range(start: -7d)
        |> filter(fn: (r) => r._measurement == "statuses" and r._check_name == "adx series" and r._field == "adx_since")
        |> last()
        |> group(columns: ["buckets"])
        |> sort(columns: ["_time"])
        |> last()
firing = told |> filter(fn: (r) => r._level != "ok")
before =
    union(
        tables: [
            firing |> map(fn: (r) => ({buckets: r.buckets, what: "firing_since", n: r._value})),
            firing |> map(fn: (r) => ({buckets: r.buckets, what: "told_at", n: int(v: r._time)})),
        ],
    )

seriesMax = (id) => 1000000

// How many series each bucket has, which is what the server's memory goes by.
count = (bucket, what) =>
    influxdb.cardinality(bucket: bucket, start: -30d)
        |> map(fn: (r) => ({buckets: "adx", what: what, n: r._value}))
        |> group(columns: ["buckets"])
windows = count(bucket: "adx", what: "windows")
hours = count(bucket: "adx_1h", what: "hours")
days = count(bucket: "adx_1d", what: "days")
quality = count(bucket: "adx_quality", what: "quality")
judged = now()

all = (r) => r.windows + r.hours + r.days + r.quality
most = seriesMax(id: "")
verdict = (r) =>
    if all(r: r) > most then
        "bad"
    else if float(v: all(r: r)) <= float(v: most) * 0.9 then
        "good"
    else
        "open"
value = (r) => float(v: all(r: r))
bound = (r) => float(v: most)
begin = (r) => int(v: now())
each = (r) =>
    "${string(v: r.windows)} of windows, ${string(v: r.hours)} of hours, ${string(v: r.days)} of days, ${string(v: r.quality)} of quality"
begun = (r) =>
    "buckets ${r.buckets} have too many series: ${string(v: all(r: r))} (${each(r: r)}) in the last 30d, against at most ${string(v: most)}, since ${moment(at: int(v: now()))}; find the tag that grows: adx influx status tells what to expect"
ended = (r) =>
    "buckets ${r.buckets} no longer have too many series: ${string(v: all(r: r))} (${each(r: r)}) in the last 30d, against at most ${string(v: most)}; they had since ${moment(at: r.firing_since)}"

off = (r) => false

// One row for each series, every number in it, 0 where there is none: nothing can be null.
union(tables: [windows, hours, days, quality, before])
    |> group(columns: ["buckets"])
    |> reduce(
        identity: {windows: 0, hours: 0, days: 0, quality: 0, firing_since: 0, told_at: 0},
        fn: (r, accumulator) =>
            ({
                windows: accumulator.windows + (if r.what == "windows" then r.n else 0),
                hours: accumulator.hours + (if r.what == "hours" then r.n else 0),
                days: accumulator.days + (if r.what == "days" then r.n else 0),
                quality: accumulator.quality + (if r.what == "quality" then r.n else 0),
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
                buckets: r.buckets,
                _measurement: "cardinality",
                _time: judged,
                _message:
                    if r.adx_event == "begins" then
                        begun(r: r)
                    else if r.adx_event == "lasts" then
                        "buckets ${r.buckets}: rule series is still alerting, since ${moment(at: r.firing_since)}"
                    else if off(r: r) then
                        "buckets ${r.buckets}: rule series is switched off, and was alerting since ${moment(at: r.firing_since)}"
                    else
                        ended(r: r),
                adx_event: r.adx_event,
                adx_notify: if r.adx_event == "lasts" then "no" else "yes",
                adx_since: if r.adx_event == "begins" then begin(r: r) else r.firing_since,
                adx_value: value(r: r),
                adx_limit: bound(r: r),
            }),
    )
    |> group(columns: ["_measurement", "buckets", "adx_notify"])
    |> monitor.check(data: check, messageFn: (r) => r._message, crit: (r) => r.adx_event != "ends")
