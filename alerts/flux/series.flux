// How many series each bucket has, which is what the server's memory goes by.
count = (bucket, what) =>
    influxdb.cardinality(bucket: bucket, start: -@known@)
        |> map(fn: (r) => ({buckets: @windows@, what: what, n: r._value}))
        |> group(columns: ["buckets"])
windows = count(bucket: @windows@, what: "windows")
hours = count(bucket: @hours@, what: "hours")
days = count(bucket: @days@, what: "days")
quality = count(bucket: @quality@, what: "quality")
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
    "buckets ${r.buckets} have too many series: ${string(v: all(r: r))} (${each(r: r)}) in the last @known@, against at most ${string(v: most)}, since ${moment(at: int(v: now()))}; find the tag that grows: adx influx status tells what to expect"
ended = (r) =>
    "buckets ${r.buckets} no longer have too many series: ${string(v: all(r: r))} (${each(r: r)}) in the last @known@, against at most ${string(v: most)}; they had since ${moment(at: r.firing_since)}"
