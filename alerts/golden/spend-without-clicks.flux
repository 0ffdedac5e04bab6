// Rendered by `adx alerts` from alerts.toml: change that and apply it, not this text.
import "array"
import "date"
import "dict"
import "influxdata/influxdb"
import "influxdata/influxdb/monitor"
import "strings"
import "timezone"

option task = {name: "adx spend-without-clicks", every: 1m, offset: 20s}

check = {_check_id: "", _check_name: "adx spend-without-clicks", _type: "custom", tags: {adx_set: "adx", adx_rule: "spend-without-clicks", adx_to_ops: "yes"}}

money = (micros) => string(v: float(v: micros / 10000) / 100.0)

// Of nanoseconds, to the minute.
moment = (at) => strings.substring(v: string(v: time(v: at)), start: 0, end: 16) + "Z"

// The last word on each series, of this check. Retention forgets it after seven days, so that what lasts is told again each day, to nobody.
told =
    from(bucket: "_monitoring")
        |> range(start: -7d)
        |> filter(fn: (r) => r._measurement == "statuses" and r._check_name == "adx spend-without-clicks" and r._field == "adx_since")
        |> last()
        |> group(columns: ["campaign_id"])
        |> sort(columns: ["_time"])
        |> last()
firing = told |> filter(fn: (r) => r._level != "ok")
before =
    union(
        tables: [
            firing |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "firing_since", n: r._value})),
            firing |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "told_at", n: int(v: r._time)})),
        ],
    )

// Judged are settled windows alone: not the last 2m, and none from the first on that is not settled yet.
latest = date.truncate(t: date.sub(d: 2m, from: now()), unit: 1m)
unsettled =
    from(bucket: "adx")
        |> range(start: -3h, stop: latest)
        |> filter(fn: (r) => r._measurement == "campaign_1m" and r._field == "settled")
        |> filter(fn: (r) => r._value == 0)
        |> first()
        |> map(fn: (r) => ({n: int(v: r._time)}))
        |> group()
        |> min(column: "n")
        |> findColumn(fn: (key) => true, column: "n")
until = if length(arr: unsettled) > 0 then time(v: unsettled[0]) else latest
since = date.sub(d: 15m, from: until)

// Totals of campaigns as rows of a campaign, what it is of, and how much. What has no campaign, `unmapped`, is none.
totals = (start, stop, prefix, fields) =>
    from(bucket: "adx")
        |> range(start: start, stop: stop)
        |> filter(fn: (r) => r._measurement == "campaign_1m" and r.campaign_id != "unmapped")
        |> filter(fn: fields)
        |> group(columns: ["campaign_id", "_field"])
        |> sum()
        |> map(fn: (r) => ({campaign_id: r.campaign_id, what: prefix + r._field, n: r._value}))

spendMaxOf = dict.fromList(
    pairs: [
        {key: "c\"2", value: 500000},
        {key: "c1", value: 20000000},
    ],
)
spendMax = (id) => dict.get(dict: spendMaxOf, key: id, default: 5000000)

delivered =
    totals(start: since, stop: until, prefix: "", fields: (r) => r._field == "cost_micros" or r._field == "clicks")
judged = until

verdict = (r) =>
    if r.clicks > 0 or r.cost_micros == 0 then
        "good"
    else if r.cost_micros >= spendMax(id: r.campaign_id) then
        "bad"
    else
        "open"
value = (r) => float(v: r.cost_micros) / 1000000.0
bound = (r) => float(v: spendMax(id: r.campaign_id)) / 1000000.0
begin = (r) => int(v: since)
begun = (r) =>
    "campaign ${r.campaign_id} spends without clicks: ${money(micros: r.cost_micros)} USD and no click in the last 15m, against at most ${money(micros: spendMax(id: r.campaign_id))} USD, since ${moment(at: int(v: since))}; look at https://look.example.org/${r.campaign_id}"
ended = (r) =>
    if r.clicks > 0 then
        "campaign ${r.campaign_id} has clicks again: ${string(v: r.clicks)} for ${money(micros: r.cost_micros)} USD in the last 15m; it had none since ${moment(at: r.firing_since)}"
    else
        "campaign ${r.campaign_id} no longer spends: it did so without clicks since ${moment(at: r.firing_since)}"

off = (r) => contains(value: r.campaign_id, set: ["c\"2"])

// One row for each series, every number in it, 0 where there is none: nothing can be null.
union(tables: [delivered, before])
    |> group(columns: ["campaign_id"])
    |> reduce(
        identity: {cost_micros: 0, clicks: 0, firing_since: 0, told_at: 0},
        fn: (r, accumulator) =>
            ({
                cost_micros: accumulator.cost_micros + (if r.what == "cost_micros" then r.n else 0),
                clicks: accumulator.clicks + (if r.what == "clicks" then r.n else 0),
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
                campaign_id: r.campaign_id,
                _measurement: "campaign_1m",
                _time: judged,
                _message:
                    if r.adx_event == "begins" then
                        begun(r: r)
                    else if r.adx_event == "lasts" then
                        "campaign_id ${r.campaign_id}: rule spend-without-clicks is still alerting, since ${moment(at: r.firing_since)}"
                    else if off(r: r) then
                        "campaign_id ${r.campaign_id}: rule spend-without-clicks is switched off, and was alerting since ${moment(at: r.firing_since)}"
                    else
                        ended(r: r),
                adx_event: r.adx_event,
                adx_notify: if r.adx_event == "lasts" then "no" else "yes",
                adx_since: if r.adx_event == "begins" then begin(r: r) else r.firing_since,
                adx_value: value(r: r),
                adx_limit: bound(r: r),
            }),
    )
    |> group(columns: ["_measurement", "campaign_id", "adx_notify"])
    |> monitor.check(data: check, messageFn: (r) => r._message, crit: (r) => r.adx_event != "ends")
