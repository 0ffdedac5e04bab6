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
@zones@
flights =
    array.from(
        rows: [
@flights@
        ],
    )
