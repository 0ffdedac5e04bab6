counted = (r) => r._field == "@whole@" or r._field == "@part@"
today = totals(start: since, stop: until, prefix: "", fields: counted)
yesterday =
    totals(start: date.sub(d: 1d, from: since), stop: date.sub(d: 1d, from: until), prefix: "was_", fields: counted)
judged = until

rate = (part, whole) => if whole > 0 then float(v: part) / float(v: whole) else 0.0
percent = (rate) => string(v: float(v: int(v: rate * 10000.0)) / 100.0) + "%"
nowRate = (r) => rate(part: r.@part@, whole: r.@whole@)
wasRate = (r) => rate(part: r.was_@part@, whole: r.was_@whole@)
expected = (r) => wasRate(r: r) * float(v: r.@whole@)
comparable = (r) =>
    r.@whole@ >= @wholeMin@(id: r.campaign_id) and r.was_@whole@ >= @wholeMin@(id: r.campaign_id) and @weight@ >= @partMin@(
        id: r.campaign_id,
    )

// The time compared with lies within the episode itself: if that is too little to compare with, no day to come will tell better.
lasting = (r) => r.firing_since > 0 and r.firing_since <= int(v: date.sub(d: 1d, from: since))

// Between the limit and a tenth inside of it nothing changes, so that a rate at the limit does not flap.
verdict = (r) =>
    if r.@whole@ == 0 then
        "good"
    else if not comparable(r: r) then
        if lasting(r: r) then "good" else "open"
    else if float(v: r.@part@) @beyond@ factor(id: r.campaign_id) * expected(r: r) then
        "bad"
    else if float(v: r.@part@) @within@ factor(id: r.campaign_id) * @calm@ * expected(r: r) then
        "good"
    else
        "open"
value = (r) => nowRate(r: r)
bound = (r) => factor(id: r.campaign_id) * wasRate(r: r)
begin = (r) => int(v: since)
begun = (r) =>
    "campaign ${r.campaign_id} @what@: ${percent(rate: nowRate(r: r))} (${string(v: r.@part@)} of ${string(v: r.@whole@)}) in the last @window@, against ${percent(rate: wasRate(r: r))} in the same time yesterday, @side@ ${string(v: factor(id: r.campaign_id))} times of that, since ${moment(at: int(v: since))}; look at @look@"
ended = (r) =>
    if not comparable(r: r) then
        "campaign ${r.campaign_id} can no longer be compared with yesterday: ${string(v: r.@part@)} of ${string(v: r.@whole@)} in the last @window@, ${string(v: r.was_@part@)} of ${string(v: r.was_@whole@)} in the same time yesterday; it @what@ since ${moment(at: r.firing_since)}"
    else
        "campaign ${r.campaign_id} no longer @what@: ${percent(rate: nowRate(r: r))} in the last @window@, against ${percent(rate: wasRate(r: r))} in the same time yesterday; it did since ${moment(at: r.firing_since)}"
