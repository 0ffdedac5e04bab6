// Of each @series@ of the last @known@, when it was last heard of.
heard =
    from(bucket: @quality@)
        |> range(start: -@known@)
        |> filter(fn: (r) => r._measurement == @measurement@ and r._field == @field@)
        |> last()
        |> group(columns: ["@series@"])
        |> max(column: "_time")
        |> map(fn: (r) => ({@series@: r.@series@, what: "last", n: int(v: r._time)}))
// Where nobody is known at all, "any" is silent.
anybody =
    heard
        |> group()
        |> max(column: "n")
        |> map(fn: (r) => ({@series@: "any", what: "last", n: int(v: now())}))
expected =
    array.from(rows: [@expected@])
        |> map(fn: (r) => ({@series@: r.name, what: "expected", n: 1}))
// When each campaign last had an impression: those that fell silent with an @series@ are told of in its alert, not one by one.
campaigns =
    from(bucket: @windows@)
        |> range(start: -@known@)
        |> filter(fn: (r) => r._measurement == "campaign_1m" and r._field == "impressions" and r.campaign_id != "unmapped")
        |> filter(fn: (r) => r._value > 0)
        |> last()
        |> group(columns: ["campaign_id"])
        |> max(column: "_time")
        |> map(fn: (r) => ({n: int(v: r._time)}))
        |> group()
        |> findColumn(fn: (key) => true, column: "n")
children = (r) =>
    length(arr: array.filter(arr: campaigns, fn: (x) => x >= r.last - @slackNs@ and x <= r.last))
judged = now()

verdict = (r) =>
    if r.last > int(v: date.sub(d: @silent@, from: now())) or r.last == 0 and r.expected == 0 then
        "good"
    else
        "bad"
value = (r) => if r.last > 0 then float(v: int(v: now()) - r.last) / 1000000000.0 else @knownSeconds@
bound = (r) => @silentSeconds@
begin = (r) => if r.last > 0 then r.last else int(v: date.sub(d: @known@, from: now()))
begun = (r) =>
    if r.last > 0 then
        "@what@ ${r.@series@} is silent: nothing of it for ${string(v: (int(v: now()) - r.last) / 1000000000)} s, against at most @silent@, since ${moment(at: r.last)}; ${string(v: children(r: r))} campaigns had their last impression then and are not alerted one by one; look at @look@"
    else
        "@what@ ${r.@series@} is silent: nothing of it in the last @known@; look at @look@"
ended = (r) =>
    if r.last > 0 then
        "@what@ ${r.@series@} is heard of again; it was silent since ${moment(at: r.firing_since)}"
    else
        "@what@ ${r.@series@} is not expected any more, after the last @known@ without it"
