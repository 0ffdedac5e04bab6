// In flight for a whole window already, so that a campaign is not missed at the first minute of its first day.
planned =
    flights
        |> filter(fn: (r) => r.first <= r.window_day and r.today <= r.last)
        |> map(fn: (r) => ({campaign_id: r.campaign_id, what: "in_flight", n: 1}))
