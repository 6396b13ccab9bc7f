package extproc

import (
	"math"
	"strings"
	"testing"
)

// What an attempt costs follows the service tier that the provider says it served, and what
// was asked for only where it says nothing. Money is reserved at the rate asked for.
func TestServedTierIsBilled(t *testing.T) {
	for _, tt := range []struct {
		name, asked, served string
		reserved, spent     float64 // times the price
	}{
		{"nobody says", ``, ``, 1, 1},
		{"flex", `"service_tier":"flex",`, ``, 0.5, 0.5},
		{"flex, served", `"service_tier":"flex",`, `"service_tier":"flex",`, 0.5, 0.5},
		{"flex was not to be had", `"service_tier":"flex",`, `"service_tier":"default",`, 0.5, 1},
		{"priority", `"service_tier":"priority",`, ``, 2, 2},
		{"priority was not to be had", `"service_tier":"priority",`, `"service_tier":"default",`, 2, 1},
		{"priority of the account's own", ``, `"service_tier":"priority",`, 1, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, e := paying(t)
			e.routed("/v1/chat/completions", chat, nil)
			one := balanceOf(t, s).Reserved
			_, meta := e.routed("/v1/chat/completions", strings.Replace(chat, "{", "{"+tt.asked, 1), map[string]any{"request.id": "id-2"})
			if got := balanceOf(t, s).Reserved - one; math.Abs(got/one-tt.reserved) > 0.01 {
				t.Errorf("reserved %v, want %v times %v", got, tt.reserved, one)
			}
			body := strings.Replace(completion(goodText), "{", "{"+tt.served, 1)
			c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(body, true))
			c.receive()
			c.receive()
			c.ended()
			if b := balanceOf(t, s); math.Abs(b.Spent-tt.spent*attemptCost) > 1e-9 {
				t.Errorf("spent %v, want %v times %v", b.Spent, tt.spent, attemptCost)
			}
		})
	}
}

// The reservation for the next attempt has the rate that the client asks for, too.
func TestNextAttemptIsReservedAtItsRate(t *testing.T) {
	reserved := func(asked string) float64 {
		s, e := paying(t)
		_, meta := e.routed("/v1/chat/completions", strings.Replace(chat, "{", "{"+asked, 1), nil)
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(""), true))
		c.receive()
		c.receive()
		c.ended()
		return balanceOf(t, s).Reserved
	}
	if one, two := reserved(``), reserved(`"service_tier":"priority",`); one == 0 || math.Abs(two/one-2) > 0.05 {
		t.Errorf("%v, and %v at priority; want about twice that", one, two)
	}
}
