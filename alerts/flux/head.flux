// Rendered by `adx alerts` from alerts.toml: change that and apply it, not this text.
import "array"
import "date"
import "dict"
import "influxdata/influxdb"
import "influxdata/influxdb/monitor"
import "strings"
import "timezone"

option task = {name: @name@, every: @every@, offset: @offset@}

check = {_check_id: "", _check_name: @name@, _type: "custom", tags: {@tags@}}

money = (micros) => string(v: float(v: micros / 10000) / 100.0)

// Of nanoseconds, to the minute.
moment = (at) => strings.substring(v: string(v: time(v: at)), start: 0, end: 16) + "Z"

// The last word on each series, of this check. Retention forgets it after seven days, so that what lasts is told again each day, to nobody.
told =
    from(bucket: "_monitoring")
        |> range(start: -7d)
        |> filter(fn: (r) => r._measurement == "statuses" and r._check_name == @name@ and r._field == "adx_since")
        |> last()
        |> group(columns: ["@series@"])
        |> sort(columns: ["_time"])
        |> last()
firing = told |> filter(fn: (r) => r._level != "ok")
before =
    union(
        tables: [
            firing |> map(fn: (r) => ({@series@: r.@series@, what: "firing_since", n: r._value})),
            firing |> map(fn: (r) => ({@series@: r.@series@, what: "told_at", n: int(v: r._time)})),
        ],
    )
