package budget

import "time"

// A Period is the length of a window.
type Period string

// The periods.
const (
	Hour  Period = "hour"
	Day   Period = "day"
	Week  Period = "week" // from Monday
	Month Period = "month"
)

// A Window says when the counting of a limit begins anew: by the clocks and calendars of
// a time zone, so that a day may have 23 or 25 hours.
type Window struct {
	Period Period
	Zone   *time.Location // nil is UTC
}

// Around returns the window that holds t: begin is in it, end is in the next one. Every
// time is in one window, and the windows leave no gaps.
//
// A day, week or month begins when clocks first show its first date, at whatever hour:
// where midnight is skipped, at the first moment after it, and where it comes twice, at
// the first. An hour is one of the clock; where clocks go back it comes twice and is two
// windows, and where they move by less than an hour the one that is cut short is a
// window, too.
func (w Window) Around(t time.Time) (begin, end time.Time) {
	zone := w.Zone
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	if w.Period == Hour {
		return hourAround(t)
	}
	year, month, day := t.Date()
	days, months := 0, 0
	switch w.Period {
	case Month:
		day, months = 1, 1
	case Week:
		day, days = day-(int(t.Weekday())+6)%7, 7
	default:
		days = 1
	}
	// Dates are counted in UTC, where every day has a midnight.
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	begin = firstShown(date, zone)
	for {
		date = date.AddDate(0, months, days)
		end = firstShown(date, zone)
		if t.Before(end) {
			return begin, end
		}
		begin = end // a date that was skipped, or shown for a moment before clocks went back
	}
}

// hourAround returns the hour of the clock, cut where clocks are moved.
func hourAround(t time.Time) (begin, end time.Time) {
	from, to := t.ZoneBounds()
	begin = t.Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
	end = begin.Add(time.Hour)
	_, offset := t.Zone()
	if _, before := begin.Zone(); before != offset {
		begin = from
	}
	if _, after := end.Add(-1).Zone(); after != offset {
		end = to
	}
	return begin, end
}

// firstShown returns when clocks in the zone first show the wall time, or a later one
// where it is skipped. It walks from offset to offset: [time.Date] does not say which of
// two it takes.
func firstShown(wall time.Time, zone *time.Location) time.Time {
	at := wall.Add(-24 * time.Hour).In(zone) // no zone is a day off UTC
	for {
		_, offset := at.Zone()
		shown := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if shown.Before(at) {
			return at // clocks were moved past it
		}
		if _, to := at.ZoneBounds(); !to.IsZero() && !shown.Before(to) {
			at = to.In(zone)
			continue
		}
		return shown
	}
}
