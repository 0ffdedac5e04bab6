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
