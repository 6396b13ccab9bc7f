package config

import (
	"fmt"
	"time"

	"sluice/routing/verdict"
)

func (c *checker) limits(l *Limits) {
	const path = "routing.limits."
	if l.Attempts < 1 || l.Attempts > 10 {
		c.fail(path+"attempts", "%d is out of range; expected 1 to 10", l.Attempts)
	}
	for _, d := range []struct {
		name string
		is   Duration
	}{{"total_time", l.TotalTime}, {"stream_time", l.StreamTime}, {"stream_idle", l.StreamIdle}, {"request_time", l.RequestTime}} {
		if d.is <= 0 {
			c.fail(path+d.name, "expected more than 0")
		}
	}
	for _, s := range []struct {
		name string
		is   Size
	}{{"request", l.Request}, {"response", l.Response}, {"answer", l.Answer}} {
		if s.is < 1<<10 || s.is > 1<<30 {
			c.fail(path+s.name, "%d bytes is out of range; expected 1KiB to 1GiB", s.is)
		}
	}
	if l.Answer < l.Response {
		c.fail(path+"answer", "%d bytes is less than routing.limits.response, %d bytes", l.Answer, l.Response)
	}
	if l.Held < l.Response {
		c.fail(path+"held", "%d bytes is less than routing.limits.response, %d bytes: no answer of that size could be judged", l.Held, l.Response)
	}
	if l.StreamIdle > l.StreamTime {
		c.warn(path+"stream_idle", "%v has no effect: routing.limits.stream_time, %v, ends the stream first", time.Duration(l.StreamIdle), time.Duration(l.StreamTime))
	}
	for i, m := range c.file.Models {
		if m.Timeout > l.TotalTime {
			c.warn(fmt.Sprintf("models[%d].timeout", i), "%v has no effect: routing.limits.total_time, %v, ends the request first", time.Duration(m.Timeout), time.Duration(l.TotalTime))
		}
	}
	// A provider may pause after its first words: that is no silence yet that gives an attempt up.
	if hold := c.file.Judge.StreamHold.Time; hold >= l.StreamIdle && l.StreamIdle > 0 {
		c.warn("judge.stream_hold.time", "%v is not below routing.limits.stream_idle, %v: attempts would be given up while their streams are held", time.Duration(hold), time.Duration(l.StreamIdle))
	}
	if t := c.file.State.Timeout; t >= l.TotalTime && l.TotalTime > 0 {
		c.warn("state.timeout", "%v is not below routing.limits.total_time, %v: requests would end while they wait for the store", time.Duration(t), time.Duration(l.TotalTime))
	}
	if k := c.file.Cache; k != nil && k.Wait >= l.TotalTime && l.TotalTime > 0 {
		c.warn("cache.wait", "%v is not below routing.limits.total_time, %v: requests would end while they wait for the same one", time.Duration(k.Wait), time.Duration(l.TotalTime))
	}
}

func (c *checker) judge() {
	j := &c.file.Judge
	for _, a := range j.actions() {
		c.oneOf("judge."+a.name, *a.value, "escalate", "keep")
	}
	c.oneOf("judge.repair", j.Repair, verdict.RepairJSON.String(), verdict.RepairOff.String())
	if j.MinCharacters < 0 {
		c.fail("judge.min_characters", "%d is negative; 0 is off", j.MinCharacters)
	}
	if j.StreamHold.Events < 1 || j.StreamHold.Events > 1000 {
		c.fail("judge.stream_hold.events", "%d is out of range; expected 1 to 1000", j.StreamHold.Events)
	}
	if j.StreamHold.Time <= 0 {
		c.fail("judge.stream_hold.time", "expected more than 0")
	}
}
