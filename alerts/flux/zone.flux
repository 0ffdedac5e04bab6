// Fails where the server does not know the time zone.
import "array"
import "date"
import "timezone"

array.from(rows: [{hour: date.hour(t: now(), location: timezone.location(name: @zone@))}])
