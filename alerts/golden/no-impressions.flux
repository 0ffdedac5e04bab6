// Rendered by `adx alerts` from alerts.toml: change that and apply it, not this text.
import "array"
import "date"
import "dict"
import "influxdata/influxdb"
import "influxdata/influxdb/monitor"
import "strings"
import "timezone"

option task = {name: "adx no-impressions", every: 1m, offset: 20s}

check = {_check_id: "", _check_name: "adx no-impressions", _type: "custom", tags: {adx_set: "adx", adx_rule: "no-impressions", adx_to_desk: "yes", adx_to_ops: "yes"}}

money = (micros) => string(v: float(v: micros / 10000) / 100.0)

// Of nanoseconds, to the minute.
moment = (at) => strings.substring(v: string(v: time(v: at)), start: 0, end: 16) + "Z"

// The last word on each series, of this check. Retention forgets it after seven days, so that what lasts is told again each day, to nobody.
told =
    from(bucket: "_monitoring")
        |> range(start: -7d)
        |> filter(fn: (r) => r._measurement == "statuses" and r._check_name == "adx no-impressions" and r._field == "adx_since")
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

impressionsMin = (id) => 20

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
// Whether a campaign has a plan, and whether its flights cover the window from the first minute, so that it is not missed when its first day
// begins, to the last.
planned =
    union(
        tables: [
            flights |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "flights", n: 1})),
            flights
                |> filter(fn: (r) => r.first <= r.window_day and r.window_day <= r.last)
                |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "began_in_flight", n: 1})),
            flights
                |> filter(fn: (r) => r.first <= r.today and r.today <= r.last)
                |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "ended_in_flight", n: 1})),
        ],
    )

impressions = (r) => r._field == "impressions"
delivered = totals(start: since, stop: until, prefix: "", fields: impressions)
usual = totals(start: date.sub(d: 1d, from: until), stop: since, prefix: "was_", fields: impressions)
// Whoever delivered of late is in flight where no plan says so.
known =
    from(bucket: "adx")
        |> range(start: -7d, stop: until)
        |> filter(fn: (r) => r._measurement == "campaign_1m" and r._field == "impressions" and r.campaign_id != "unmapped")
        |> filter(fn: (r) => r._value > 0)
        |> last()
        |> group(columns: ["campaign_id"])
        |> max(column: "_time")
        |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "last", n: int(v: r._time)}))
// When each edge that has been silent for some time was last heard of, as far back as campaigns are known.
silentEdges =
    from(bucket: "adx_quality")
        |> range(start: -7d)
        |> filter(fn: (r) => r._measurement == "quality" and r._field == "read")
        |> last()
        |> group(columns: ["edge"])
        |> max(column: "_time")
        |> filter(fn: (r) => r._time <= date.sub(d: 3m, from: now()))
        |> map(fn: (r) => ({n: int(v: r._time)}))
        |> group()
        |> findColumn(fn: (key) => true, column: "n")
sinks =
    from(bucket: "adx_quality")
        |> range(start: -3m)
        |> filter(fn: (r) => r._measurement == "pipeline" and r._field == "points_written")
        |> last()
        |> group()
        |> findColumn(fn: (key) => true, column: "_value")
rows =
    from(bucket: "adx")
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
    length(arr: array.filter(arr: silentEdges, fn: (x) => r.last >= x - 300000000000 and r.last <= x)) > 0

// One that delivers little in a day may well deliver nothing in a window.
sparse = (r) => r.was_impressions > 0 and r.was_impressions * 900 < impressionsMin(id: r.campaign_id) * 86400

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
        "campaign ${r.campaign_id} in flight has no impressions: 0 in the last 15m, the last one at ${moment(at: r.last)}; look at https://look.example.org/${r.campaign_id}"
    else
        "campaign ${r.campaign_id} in flight has no impressions: 0 in the last 15m, and none in the last 7d; look at https://look.example.org/${r.campaign_id}"
ended = (r) =>
    if r.impressions > 0 then
        "campaign ${r.campaign_id} has impressions again: ${string(v: r.impressions)} in the last 15m; it had none since ${moment(at: r.firing_since)}"
    else if r.flights > 0 then
        "campaign ${r.campaign_id} is not in flight any more, by its plan; it had no impressions since ${moment(at: r.firing_since)}"
    else
        "campaign ${r.campaign_id} is no longer in flight; it had no impressions since ${moment(at: r.firing_since)}"

off = (r) => false

// One row for each series, every number in it, 0 where there is none: nothing can be null.
union(tables: [delivered, usual, known, planned, before])
    |> group(columns: ["campaign_id"])
    |> reduce(
        identity: {impressions: 0, was_impressions: 0, last: 0, flights: 0, began_in_flight: 0, ended_in_flight: 0, firing_since: 0, told_at: 0},
        fn: (r, accumulator) =>
            ({
                impressions: accumulator.impressions + (if r.what == "impressions" then r.n else 0),
                was_impressions: accumulator.was_impressions + (if r.what == "was_impressions" then r.n else 0),
                last: accumulator.last + (if r.what == "last" then r.n else 0),
                flights: accumulator.flights + (if r.what == "flights" then r.n else 0),
                began_in_flight: accumulator.began_in_flight + (if r.what == "began_in_flight" then r.n else 0),
                ended_in_flight: accumulator.ended_in_flight + (if r.what == "ended_in_flight" then r.n else 0),
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
                        "campaign_id ${r.campaign_id}: rule no-impressions is still alerting, since ${moment(at: r.firing_since)}"
                    else if off(r: r) then
                        "campaign_id ${r.campaign_id}: rule no-impressions is switched off, and was alerting since ${moment(at: r.firing_since)}"
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
