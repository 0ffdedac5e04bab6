// The rule judges nothing: whatever it has begun ends.
nothing = before |> limit(n: 0)
judged = now()

verdict = (r) => "good"
value = (r) => 0.0
bound = (r) => 0.0
begin = (r) => r.firing_since
begun = (r) => ""
ended = (r) => ""
