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

// A Window is when a limit starts to count from zero again, by the clock and calendar of a
// time zone: a day may have 23 or 25 hours.
type Window struct {
	Period Period
	Zone   *time.Location // nil is UTC
}

// Around returns the window that contains t: begin is in it, end is in the next one. Every
// time is in exactly one window.
//
// A day, week or month begins when clocks first show its first date: after midnight if
// midnight is skipped, and at the first midnight if there are two. An hour is one of the
// clock; an hour that occurs twice, when clocks go back, is two windows, and one that is cut
// short by a smaller change is a window, too.
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
		begin = end // the date was skipped, or shown only until clocks went back
	}
}

// hourAround returns the hour of the clock, cut where clocks change.
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

// firstShown returns when clocks in the zone first show the wall time, or a later one if it
// is skipped. It goes from offset to offset, since [time.Date] does not specify which of two
// it returns.
func firstShown(wall time.Time, zone *time.Location) time.Time {
	at := wall.Add(-24 * time.Hour).In(zone) // no zone is a day from UTC
	for {
		_, offset := at.Zone()
		shown := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if shown.Before(at) {
			return at // clocks skipped it
		}
		if _, to := at.ZoneBounds(); !to.IsZero() && !shown.Before(to) {
			at = to.In(zone)
			continue
		}
		return shown
	}
}
