// Rendered by `adx alerts` from alerts.toml: change that and apply it, not this text.
import "array"
import "date"
import "dict"
import "influxdata/influxdb"
import "influxdata/influxdb/monitor"
import "strings"
import "timezone"

option task = {name: "adx ctr-spike", every: 1m, offset: 20s}

check = {_check_id: "", _check_name: "adx ctr-spike", _type: "custom", tags: {adx_set: "adx", adx_rule: "ctr-spike"}}

money = (micros) => string(v: float(v: micros / 10000) / 100.0)

// Of nanoseconds, to the minute.
moment = (at) => strings.substring(v: string(v: time(v: at)), start: 0, end: 16) + "Z"

// The last word on each series, of this check. Retention forgets it after seven days, so that what lasts is told again each day, to nobody.
told =
    from(bucket: "_monitoring")
        |> range(start: -7d)
        |> filter(fn: (r) => r._measurement == "statuses" and r._check_name == "adx ctr-spike" and r._field == "adx_since")
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

// The rule judges nothing: whatever it has begun ends.
nothing = before |> limit(n: 0)
judged = now()

verdict = (r) => "good"
value = (r) => 0.0
bound = (r) => 0.0
begin = (r) => r.firing_since
begun = (r) => ""
ended = (r) => ""

off = (r) => true

// One row for each series, every number in it, 0 where there is none: nothing can be null.
union(tables: [nothing, before])
    |> group(columns: ["campaign_id"])
    |> reduce(
        identity: {firing_since: 0, told_at: 0},
        fn: (r, accumulator) =>
            ({
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
                        "campaign_id ${r.campaign_id}: rule ctr-spike is still alerting, since ${moment(at: r.firing_since)}"
                    else if off(r: r) then
                        "campaign_id ${r.campaign_id}: rule ctr-spike is switched off, and was alerting since ${moment(at: r.firing_since)}"
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
