package budget_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/budget"
)

func TestAccounts(t *testing.T) {
	day, month := budget.Window{Period: budget.Day}, budget.Window{Period: budget.Month}
	limits := budget.Limits{
		{Name: "user", Per: budget.User, USD: 1, Window: day},
		{Name: "key", Per: budget.Key, USD: 1, Window: day},
		{Name: "team", Per: budget.Team, USD: 1, Window: day},
		{Name: "tenant", Per: budget.Tenant, USD: 1, Window: day},
		{Name: "all/of us", Per: budget.Everyone, USD: 1, Window: month},
	}
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	keys := func(ls budget.Limits, p routing.Principal, now time.Time) []string {
		var out []string
		for i, a := range ls.Accounts(p, now) {
			if a.Limit != &ls[i] || !strings.HasPrefix(a.Key, ls[i].Name+"/") || !budget.Ends(a.Key).Equal(a.Ends) || !a.Ends.After(now) {
				t.Errorf("account %+v of limit %s", a, ls[i].Name)
			}
			for _, secret := range []string{p.User, p.Key, p.Team, p.Tenant} {
				if secret != "" && strings.Contains(a.Key, secret) {
					t.Errorf("%s tells of %s", a.Key, secret)
				}
			}
			out = append(out, a.Key)
		}
		return out
	}
	ann := routing.Principal{User: "ann@x", Key: "0badcafe", Team: "red@x", Tenant: "ann@x"}
	base := keys(limits, ann, now)
	if !strings.HasSuffix(base[0], "/1773100800-1773187200") || !strings.HasSuffix(base[4], "/1772323200-1775001600") {
		t.Errorf("keys %q", base)
	}

	differ := func(name string, others []string, want ...bool) {
		t.Helper()
		got := make([]bool, len(base))
		for i := range base {
			got[i] = base[i] != others[i]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: accounts that differ (-want +got):\n%s", name, diff)
		}
	}
	differ("the same again", keys(limits, ann, now.Add(time.Hour)), false, false, false, false, false)
	differ("another user", keys(limits, routing.Principal{User: "ben", Key: ann.Key, Team: ann.Team, Tenant: ann.Tenant}, now), true, false, false, false, false)
	differ("another key", keys(limits, routing.Principal{User: ann.User, Key: "another", Team: ann.Team, Tenant: ann.Tenant}, now), false, true, false, false, false)
	differ("another team", keys(limits, routing.Principal{User: ann.User, Key: ann.Key, Team: "blue", Tenant: ann.Tenant}, now), false, false, true, false, false)
	differ("another tenant", keys(limits, routing.Principal{User: ann.User, Key: ann.Key, Team: ann.Team, Tenant: "another"}, now), false, false, false, true, false)
	differ("nobody", keys(limits, routing.Principal{}, now), true, true, true, true, false)
	differ("the next day", keys(limits, ann, now.AddDate(0, 0, 1)), true, true, true, true, false)
	differ("the next month", keys(limits, ann, now.AddDate(0, 1, 0)), true, true, true, true, true)

	changed := append(budget.Limits{}, limits...)
	changed[0].USD, changed[0].Refuse = 99, true
	changed[1].Per = budget.User
	changed[2].Window = budget.Window{Period: budget.Hour}
	changed[3].Name = "tenants"
	differ("another configuration", keys(changed, ann, now), false, true, true, true, false)

	if a := (budget.Limits{}).Accounts(ann, now); len(a) != 0 {
		t.Errorf("no limits: %v", a)
	}
}

// TestFind: accounts are found again by their keys, under the limits of the day.
func TestFind(t *testing.T) {
	day := budget.Window{Period: budget.Day}
	limits := budget.Limits{{Name: "user", Per: budget.User, USD: 1, Window: day}, {Name: "all/of us", USD: 2, Window: day}}
	accounts := limits.Accounts(routing.Principal{User: "ann"}, noon)
	keys := []string{accounts[0].Key, accounts[1].Key, "gone/0011/1-2", "all", ""}
	limits[1].USD = 3
	if got := limits.Find(keys); len(got) != 2 || got[0].Limit != &limits[0] || got[1].Limit != &limits[1] || got[0].Key != keys[0] || !got[1].Ends.Equal(accounts[1].Ends) {
		t.Errorf("%+v", got)
	}
}

func TestEnds(t *testing.T) {
	for key, want := range map[string]time.Time{
		"all/0011223344556677/10-20": time.Unix(20, 0), "a/b/c/0011/-5-20": {}, "": {}, "x": {}, "x/y": {}, "x/1-": {}, "x/1--2": {}, "x/1-0": {}, "x/1-99999999999999999999": {},
	} {
		if got := budget.Ends(key); !got.Equal(want) {
			t.Errorf("%q ends %v, want %v", key, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	a := budget.Account{Ends: time.Unix(100, 0)}
	for at, want := range map[time.Time]int{
		time.Unix(40, 0): 60, time.Unix(39, 1): 61, time.Unix(39, 999_999_999): 61, time.Unix(99, 999_999_999): 1, time.Unix(100, 0): 1, time.Unix(200, 0): 1,
	} {
		if got := a.RetryAfter(at); got != want {
			t.Errorf("at %v: %d s, want %d", at, got, want)
		}
	}
}
