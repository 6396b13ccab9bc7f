package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

// priced is the minimal file with another price for the model large.
func priced(price string) []byte {
	return []byte(strings.Replace(minimal, "{input: 3, output: 15}", price, 1))
}

func TestPrices(t *testing.T) {
	for _, tt := range []struct {
		name, price string
		want        routing.Price
		rates       [3]float64 // of flex, priority and batch
	}{
		{"none", "{}", routing.Price{}, [3]float64{1, 1, 1}},
		{"what is absent costs what the input does", "{input: 3, output: 15}", routing.Price{Input: 3, Output: 15, CachedInput: 3, CacheWrite: 3, CacheWrite1h: 3}, [3]float64{1, 1, 1}},
		{"an hour costs what five minutes do", "{input: 3, output: 15, cache_write: 4}", routing.Price{Input: 3, Output: 15, CachedInput: 3, CacheWrite: 4, CacheWrite1h: 4}, [3]float64{1, 1, 1}},
		{"an hour alone", "{input: 3, output: 15, cache_write_1h: 6}", routing.Price{Input: 3, Output: 15, CachedInput: 3, CacheWrite: 3, CacheWrite1h: 6}, [3]float64{1, 1, 1}},
		{"an hour for nothing", "{input: 3, output: 15, cache_write_1h: 0}", routing.Price{Input: 3, Output: 15, CachedInput: 3, CacheWrite: 3}, [3]float64{1, 1, 1}},
		{
			"everything", "{input: 3, output: 15, cached_input: 0.3, cache_write: 3.75, cache_write_1h: 6, flex: 0.5, priority: 2, batch: 0.25}",
			routing.Price{Input: 3, Output: 15, CachedInput: 0.3, CacheWrite: 3.75, CacheWrite1h: 6},
			[3]float64{0.5, 2, 0.25},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, _, err := Load("x.yaml", priced(tt.price))
			if err != nil {
				t.Fatal(err)
			}
			rt, err := Build(f)
			if err != nil {
				t.Fatal(err)
			}
			m := rt.Router.Model("large")
			rates := [3]float64{m.Rate(routing.ServiceFlex), m.Rate(routing.ServicePriority), m.Rate(routing.ServiceBatch)}
			if m.Price != tt.want || rates != tt.rates {
				t.Errorf("%+v at %v, want %+v at %v", m.Price, rates, tt.want, tt.rates)
			}
		})
	}
}

func TestPriceMistakes(t *testing.T) {
	for _, tt := range []struct{ price, want string }{
		{"{cache_write_1h: -1}", "price.cache_write_1h: -1 is negative; expected US dollars per million tokens"},
		{"{cache_write: -0.5}", "price.cache_write: -0.5 is negative; expected US dollars per million tokens"},
		{"{cache_write_1h: dear}", `price.cache_write_1h: expected a number, found "dear"`},
		{"{flex: 1.5}", "price.flex: 1.5 is out of range; expected 0 to 1 (a part of the price)"},
		{"{priority: 0}", "price.priority: 0 is out of range; expected a multiple of the price, more than 0 and up to 100"},
		{"{priority: -2}", "price.priority: -2 is out of range; expected a multiple of the price, more than 0 and up to 100"},
		{"{priority: 200}", "price.priority: 200 is out of range; expected a multiple of the price, more than 0 and up to 100"},
		{"{priority: .inf}", `price.priority: expected a number, found ".inf"`},
	} {
		t.Run(tt.price, func(t *testing.T) {
			_, _, err := Load("x.yaml", priced(tt.price))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			var got []string
			for _, p := range e.Problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff([]string{"line 6: models[1]." + tt.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDefaultPricesOfAnHour: writes that last an hour cost twice the input by Anthropic's
// price list, and those of five minutes a quarter more than it or less.
func TestDefaultPricesOfAnHour(t *testing.T) {
	claude := 0
	for _, m := range Default().Models {
		if m.Provider != "anthropic" {
			continue
		}
		claude++
		if p := m.Price; p.CacheWrite1h == nil || *p.CacheWrite1h != 2*p.Input || *p.CacheWrite > 1.25*p.Input {
			t.Errorf("%s: %+v", m.Name, p)
		}
	}
	if claude != 3 {
		t.Errorf("%d models of Anthropic's", claude)
	}
}
