package app

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/config"
)

// TestBudgets: GET /budgets says what is left, and what that allows.
func TestBudgets(t *testing.T) {
	limits := budget.Limits{{Name: "each-user", Per: budget.User, USD: 10, Window: budget.Window{Period: budget.Day}, ExhaustedBelow: 0.5, PremiumAbove: 0.3}}
	for _, tt := range []struct {
		spent, left       float64
		exhausted, capped bool
	}{
		{0, 10, false, false},
		{8, 2, false, true},
		{9.75, 0.25, true, true},
	} {
		store, err := budget.NewMemory(budget.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		accounts := limits.Accounts(routing.Principal{User: "ann"}, time.Now())
		if err := store.Settle(t.Context(), budget.Settlement{ID: "1", Accounts: []string{accounts[0].Key}, Amount: tt.spent}); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		current := func() *config.Runtime { return &config.Runtime{Budgets: limits} }
		budgets(current, store)(w, httptest.NewRequest("GET", "/budgets?user=ann", nil))
		var got []balance
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got) != 1 {
			t.Fatalf("%v: %s", err, w.Body)
		}
		if b := got[0]; b.Spent != tt.spent || b.Left != tt.left || b.Exhausted != tt.exhausted || b.Capped != tt.capped {
			t.Errorf("%v spent: %+v", tt.spent, b)
		}
	}
}
