// Rendered by `adx alerts` from alerts.toml: change that and apply it, not this text.
import "array"
import "date"
import "dict"
import "influxdata/influxdb"
import "influxdata/influxdb/monitor"
import "strings"
import "timezone"

option task = {name: "adx pace-under", every: 1m, offset: 20s}

check = {_check_id: "", _check_name: "adx pace-under", _type: "custom", tags: {adx_set: "adx", adx_rule: "pace-under", adx_to_desk: "yes", adx_to_ops: "yes"}}

money = (micros) => string(v: float(v: micros / 10000) / 100.0)

// Of nanoseconds, to the minute.
moment = (at) => strings.substring(v: string(v: time(v: at)), start: 0, end: 16) + "Z"

// The last word on each series, of this check. Retention forgets it after seven days, so that what lasts is told again each day, to nobody.
told =
    from(bucket: "_monitoring")
        |> range(start: -7d)
        |> filter(fn: (r) => r._measurement == "statuses" and r._check_name == "adx pace-under" and r._field == "adx_since")
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

factor = (id) => 0.5

// The plan, its days by each time zone's own calendar.
zone = (name) => {
    location = timezone.location(name: name)
    number = (t) =>
        date.year(t: t, location: location) * 10000 + date.month(t: t, location: location) * 100 + date.monthDay(
            t: t,
            location: location,
        )
    midnight = date.truncate(t: until, unit: 1d, location: location)
    // A day has 23 to 25 hours.
    next = date.truncate(t: date.add(d: 26h, to: midnight), unit: 1d, location: location)

    return {
        today: number(t: until),
        window_day: number(t: since),
        midnight: midnight,
        elapsed_s: (int(v: until) - int(v: midnight)) / 1000000000,
        day_s: (int(v: next) - int(v: midnight)) / 1000000000,
    }
}
zone0 = zone(name: "America/New_York")
zone1 = zone(name: "Europe/Berlin")
flights =
    array.from(
        rows: [
            {campaign_id: "c1", first: 20260301, last: 20260331, budget: 120500000, today: zone1.today, window_day: zone1.window_day, elapsed_s: zone1.elapsed_s, day_s: zone1.day_s},
            {campaign_id: "c1", first: 20260501, last: 20260531, budget: 7000000, today: zone1.today, window_day: zone1.window_day, elapsed_s: zone1.elapsed_s, day_s: zone1.day_s},
            {campaign_id: "c2", first: 20260301, last: 20260331, budget: 80000000, today: zone0.today, window_day: zone0.window_day, elapsed_s: zone0.elapsed_s, day_s: zone0.day_s},
        ],
    )

// What the zone's campaigns have spent since its midnight; at midnight itself the range would be empty.
spent = (zone, campaigns) =>
    totals(
        start: if zone.midnight < until then zone.midnight else date.sub(d: 1m, from: until),
        stop: until,
        prefix: "",
        fields: (r) => r._field == "cost_micros",
    )
        |> filter(fn: (r) => contains(value: r.campaign_id, set: campaigns))
inFlight = flights |> filter(fn: (r) => r.first <= r.today and r.today <= r.last)
budgets = inFlight |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "budget", n: r.budget}))
dues = inFlight |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "due", n: r.budget / r.day_s * r.elapsed_s}))
elapsed = inFlight |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "elapsed_s", n: r.elapsed_s}))
spent0 = spent(zone: zone0, campaigns: ["c2"])
spent1 = spent(zone: zone1, campaigns: ["c1"])
judged = until

verdict = (r) =>
    if r.budget == 0 then
        "good"
    else if r.elapsed_s < 14400 then
        "open"
    else if float(v: r.cost_micros) < factor(id: r.campaign_id) * float(v: r.due) then
        "bad"
    else if float(v: r.cost_micros) >= factor(id: r.campaign_id) * 1.1 * float(v: r.due) then
        "good"
    else
        "open"
value = (r) => float(v: r.cost_micros) / 1000000.0
bound = (r) => factor(id: r.campaign_id) * float(v: r.due) / 1000000.0
begin = (r) => int(v: until) - r.elapsed_s * 1000000000
begun = (r) =>
    "campaign ${r.campaign_id} spends less than its plan: ${money(micros: r.cost_micros)} USD today, against ${money(micros: r.due)} planned by now (${money(micros: r.budget)} a day), less than ${string(v: factor(id: r.campaign_id))} times of that, since ${moment(at: begin(r: r))}; look at https://look.example.org/${r.campaign_id}"
ended = (r) =>
    if r.budget == 0 then
        "campaign ${r.campaign_id} is no longer in flight; it spent less than its plan since ${moment(at: r.firing_since)}"
    else
        "campaign ${r.campaign_id} spends by its plan again: ${money(micros: r.cost_micros)} USD today, against ${money(micros: r.due)} planned by now; it did not since ${moment(at: r.firing_since)}"

off = (r) => false

// One row for each series, every number in it, 0 where there is none: nothing can be null.
union(tables: [budgets, dues, elapsed, spent0, spent1, before])
    |> group(columns: ["campaign_id"])
    |> reduce(
        identity: {budget: 0, due: 0, elapsed_s: 0, cost_micros: 0, firing_since: 0, told_at: 0},
        fn: (r, accumulator) =>
            ({
                budget: accumulator.budget + (if r.what == "budget" then r.n else 0),
                due: accumulator.due + (if r.what == "due" then r.n else 0),
                elapsed_s: accumulator.elapsed_s + (if r.what == "elapsed_s" then r.n else 0),
                cost_micros: accumulator.cost_micros + (if r.what == "cost_micros" then r.n else 0),
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
                        "campaign_id ${r.campaign_id}: rule pace-under is still alerting, since ${moment(at: r.firing_since)}"
                    else if off(r: r) then
                        "campaign_id ${r.campaign_id}: rule pace-under is switched off, and was alerting since ${moment(at: r.firing_since)}"
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
