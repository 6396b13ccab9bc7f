package budget_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"sluice/routing/budget"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestWindow: the expected instants are from the zones' published rules.
func TestWindow(t *testing.T) {
	const hour, day, week, month = budget.Hour, budget.Day, budget.Week, budget.Month
	for _, tt := range []struct {
		name       string
		zone       string
		period     budget.Period
		at         string
		begin, end string
		length     time.Duration
	}{
		{name: "day", zone: "UTC", period: day, at: "2026-03-10T15:30:00Z", begin: "2026-03-10T00:00:00Z", end: "2026-03-11T00:00:00Z", length: 24 * time.Hour},
		{name: "at its beginning", zone: "UTC", period: day, at: "2026-03-10T00:00:00Z", begin: "2026-03-10T00:00:00Z", end: "2026-03-11T00:00:00Z", length: 24 * time.Hour},
		{name: "at its end", zone: "UTC", period: day, at: "2026-03-10T23:59:59.999999999Z", begin: "2026-03-10T00:00:00Z", end: "2026-03-11T00:00:00Z", length: 24 * time.Hour},
		{name: "east", zone: "Asia/Seoul", period: day, at: "2026-03-10T15:30:00Z", begin: "2026-03-10T15:00:00Z", end: "2026-03-11T15:00:00Z", length: 24 * time.Hour},
		{name: "half an hour", zone: "Asia/Kolkata", period: day, at: "2026-03-10T18:29:59Z", begin: "2026-03-09T18:30:00Z", end: "2026-03-10T18:30:00Z", length: 24 * time.Hour},
		{name: "a day ahead", zone: "Pacific/Kiritimati", period: day, at: "2026-03-10T10:00:00Z", begin: "2026-03-10T10:00:00Z", end: "2026-03-11T10:00:00Z", length: 24 * time.Hour},
		{name: "summer begins", zone: "Europe/Berlin", period: day, at: "2026-03-29T12:00:00Z", begin: "2026-03-28T23:00:00Z", end: "2026-03-29T22:00:00Z", length: 23 * time.Hour},
		{name: "summer ends", zone: "Europe/Berlin", period: day, at: "2026-10-25T00:30:00Z", begin: "2026-10-24T22:00:00Z", end: "2026-10-25T23:00:00Z", length: 25 * time.Hour},
		{name: "the day before has no midnight", zone: "America/Sao_Paulo", period: day, at: "2018-11-04T02:59:59Z", begin: "2018-11-03T03:00:00Z", end: "2018-11-04T03:00:00Z", length: 24 * time.Hour},
		{name: "no midnight", zone: "America/Sao_Paulo", period: day, at: "2018-11-04T03:00:00Z", begin: "2018-11-04T03:00:00Z", end: "2018-11-05T02:00:00Z", length: 23 * time.Hour},
		{name: "back to the day before", zone: "America/Santiago", period: day, at: "2025-04-06T03:30:00Z", begin: "2025-04-05T03:00:00Z", end: "2025-04-06T04:00:00Z", length: 25 * time.Hour},
		{name: "midnight twice", zone: "America/Havana", period: day, at: "2025-11-02T05:00:00Z", begin: "2025-11-02T04:00:00Z", end: "2025-11-03T05:00:00Z", length: 25 * time.Hour},
		{name: "a minute of the next day, then back", zone: "America/St_Johns", period: day, at: "2010-11-07T02:45:00Z", begin: "2010-11-07T02:30:00Z", end: "2010-11-08T03:30:00Z", length: 25 * time.Hour},
		{name: "before that minute", zone: "America/St_Johns", period: day, at: "2010-11-07T02:29:59Z", begin: "2010-11-06T02:30:00Z", end: "2010-11-07T02:30:00Z", length: 24 * time.Hour},
		{name: "before a date that never was", zone: "Pacific/Apia", period: day, at: "2011-12-30T09:59:59Z", begin: "2011-12-29T10:00:00Z", end: "2011-12-30T10:00:00Z", length: 24 * time.Hour},
		{name: "after it", zone: "Pacific/Apia", period: day, at: "2011-12-30T10:00:00Z", begin: "2011-12-30T10:00:00Z", end: "2011-12-31T10:00:00Z", length: 24 * time.Hour},

		{name: "week", zone: "UTC", period: week, at: "2026-03-11T00:00:00Z", begin: "2026-03-09T00:00:00Z", end: "2026-03-16T00:00:00Z", length: 7 * 24 * time.Hour},
		{name: "week on a Monday", zone: "Asia/Seoul", period: week, at: "2026-03-08T15:00:00Z", begin: "2026-03-08T15:00:00Z", end: "2026-03-15T15:00:00Z", length: 7 * 24 * time.Hour},
		{name: "week on a Sunday, summer begins", zone: "Europe/Berlin", period: week, at: "2026-03-29T21:59:59Z", begin: "2026-03-22T23:00:00Z", end: "2026-03-29T22:00:00Z", length: 167 * time.Hour},
		{name: "week over the end of a year", zone: "UTC", period: week, at: "2027-01-02T00:00:00Z", begin: "2026-12-28T00:00:00Z", end: "2027-01-04T00:00:00Z", length: 7 * 24 * time.Hour},

		{name: "month", zone: "Europe/Berlin", period: month, at: "2026-03-15T00:00:00Z", begin: "2026-02-28T23:00:00Z", end: "2026-03-31T22:00:00Z", length: 31*24*time.Hour - time.Hour},
		{name: "month on its last day", zone: "UTC", period: month, at: "2026-01-31T23:00:00Z", begin: "2026-01-01T00:00:00Z", end: "2026-02-01T00:00:00Z", length: 31 * 24 * time.Hour},
		{name: "leap year", zone: "UTC", period: month, at: "2028-02-29T00:00:00Z", begin: "2028-02-01T00:00:00Z", end: "2028-03-01T00:00:00Z", length: 29 * 24 * time.Hour},
		{name: "December", zone: "Asia/Seoul", period: month, at: "2026-12-31T14:59:59Z", begin: "2026-11-30T15:00:00Z", end: "2026-12-31T15:00:00Z", length: 31 * 24 * time.Hour},

		{name: "hour", zone: "UTC", period: hour, at: "2026-03-10T15:30:00.5Z", begin: "2026-03-10T15:00:00Z", end: "2026-03-10T16:00:00Z", length: time.Hour},
		{name: "hour at half past", zone: "Asia/Kolkata", period: hour, at: "2026-03-10T10:45:00Z", begin: "2026-03-10T10:30:00Z", end: "2026-03-10T11:30:00Z", length: time.Hour},
		{name: "hour at a quarter past", zone: "Asia/Kathmandu", period: hour, at: "2026-03-10T10:10:00Z", begin: "2026-03-10T09:15:00Z", end: "2026-03-10T10:15:00Z", length: time.Hour},
		{name: "hour before a skipped one", zone: "Europe/Berlin", period: hour, at: "2026-03-29T00:30:00Z", begin: "2026-03-29T00:00:00Z", end: "2026-03-29T01:00:00Z", length: time.Hour},
		{name: "hour after it", zone: "Europe/Berlin", period: hour, at: "2026-03-29T01:30:00Z", begin: "2026-03-29T01:00:00Z", end: "2026-03-29T02:00:00Z", length: time.Hour},
		{name: "hour that comes twice, first", zone: "Europe/Berlin", period: hour, at: "2026-10-25T00:30:00Z", begin: "2026-10-25T00:00:00Z", end: "2026-10-25T01:00:00Z", length: time.Hour},
		{name: "hour that comes twice, second", zone: "Europe/Berlin", period: hour, at: "2026-10-25T01:30:00Z", begin: "2026-10-25T01:00:00Z", end: "2026-10-25T02:00:00Z", length: time.Hour},
		{name: "half an hour back, before", zone: "Australia/Lord_Howe", period: hour, at: "2026-04-04T14:50:00Z", begin: "2026-04-04T14:00:00Z", end: "2026-04-04T15:00:00Z", length: time.Hour},
		{name: "half an hour back, after", zone: "Australia/Lord_Howe", period: hour, at: "2026-04-04T15:10:00Z", begin: "2026-04-04T15:00:00Z", end: "2026-04-04T15:30:00Z", length: 30 * time.Minute},
		{name: "half an hour ahead", zone: "Australia/Lord_Howe", period: hour, at: "2026-10-03T15:45:00Z", begin: "2026-10-03T15:30:00Z", end: "2026-10-03T16:00:00Z", length: 30 * time.Minute},
	} {
		t.Run(string(tt.period)+"/"+tt.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339Nano, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			begin, end := budget.Window{Period: tt.period, Zone: zone(t, tt.zone)}.Around(at)
			b, e := begin.UTC().Format(time.RFC3339Nano), end.UTC().Format(time.RFC3339Nano)
			if b != tt.begin || e != tt.end || end.Sub(begin) != tt.length {
				t.Errorf("from %s to %s, %v; want %s to %s, %v", b, e, end.Sub(begin), tt.begin, tt.end, tt.length)
			}
		})
	}
}

// TestWindowsLeaveNoGaps: in any zone, at any time, the windows follow one another.
func TestWindowsLeaveNoGaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(2026, 5))
	zones := []*time.Location{nil, time.FixedZone("odd", -(11*3600 + 59*60 + 59))}
	for _, name := range []string{
		"UTC", "Asia/Seoul", "Europe/Berlin", "America/Sao_Paulo", "America/Santiago", "America/Havana", "America/St_Johns", "Pacific/Apia",
		"Pacific/Kwajalein", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "Africa/Casablanca", "Asia/Tehran", "Antarctica/Troll", "America/Juneau",
	} {
		zones = append(zones, zone(t, name))
	}
	first := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for range 20_000 {
		w := budget.Window{
			Period: []budget.Period{budget.Hour, budget.Day, budget.Week, budget.Month}[rng.IntN(4)],
			Zone:   zones[rng.IntN(len(zones))],
		}
		at := time.Unix(first+rng.Int64N(60*365*24*3600), rng.Int64N(1e9))
		if w.Zone != nil && rng.IntN(2) == 0 { // about where clocks are moved
			if _, moved := at.In(w.Zone).ZoneBounds(); !moved.IsZero() {
				at = moved.Add(time.Duration(rng.Int64N(int64(4*time.Hour))) - 2*time.Hour)
			}
		}
		begin, end := w.Around(at)
		if at.Before(begin) || !at.Before(end) {
			t.Fatalf("%v in %v: %v is not from %v to %v", w.Period, w.Zone, at, begin, end)
		}
		for _, inside := range []time.Time{begin, end.Add(-1), begin.Add(end.Sub(begin) / 2)} {
			if b, e := w.Around(inside); !b.Equal(begin) || !e.Equal(end) {
				t.Fatalf("%v in %v: %v is from %v to %v, but %v is from %v to %v", w.Period, w.Zone, at, begin, end, inside, b, e)
			}
		}
		if b, _ := w.Around(end); !b.Equal(end) {
			t.Fatalf("%v in %v: the window after %v begins at %v", w.Period, w.Zone, end, b)
		}
	}
}
