off = (r) => @off@

// One row for each series, every number in it, 0 where there is none: nothing can be null.
union(tables: [@streams@, before])
    |> group(columns: ["@series@"])
    |> reduce(
        identity: {@zeros@},
        fn: (r, accumulator) =>
            ({
                @sums@,
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
                @series@: r.@series@,
                _measurement: @measurement@,
                _time: judged,
                _message:
                    if r.adx_event == "begins" then
                        begun(r: r)
                    else if r.adx_event == "lasts" then
                        "@series@ ${r.@series@}: rule @rule@ is still alerting, since ${moment(at: r.firing_since)}"
                    else if off(r: r) then
                        "@series@ ${r.@series@}: rule @rule@ @quiet@, and was alerting since ${moment(at: r.firing_since)}"
                    else
                        ended(r: r),
                adx_event: r.adx_event,
                adx_notify: if r.adx_event == "lasts" then "no" else "yes",
                adx_since: if r.adx_event == "begins" then begin(r: r) else r.firing_since,
                adx_value: value(r: r),
                adx_limit: bound(r: r),
            }),
    )
    |> group(columns: ["_measurement", "@series@", "adx_notify"])
    |> monitor.check(data: check, messageFn: (r) => r._message, @level@: (r) => r.adx_event != "ends")
