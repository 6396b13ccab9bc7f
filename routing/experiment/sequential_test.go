package experiment

import (
	"math"
	"testing"
)

func TestRadius(t *testing.T) {
	tests := []struct{ v, tau, alpha, want float64 }{
		{1, 1, 0.05, 3.656395}, // √(2 · (2 ln 20 + ln 2))
		{0.01, 0.2, 0.05, 0.308239},
		{0, 0.2, 0.05, 0},
		{0, 0, 0.05, 0},
	}
	for _, tt := range tests {
		if got := radius(tt.v, tt.tau, tt.alpha); math.Abs(got-tt.want) > 1e-6 {
			t.Errorf("radius(%v, %v, %v) = %v, want %v", tt.v, tt.tau, tt.alpha, got, tt.want)
		}
	}
}

// The test rejects what the interval leaves out, and nothing else.
func TestPValueAgreesWithRadius(t *testing.T) {
	for _, v := range []float64{1e-12, 1e-4, 0.01, 1, 1e6} {
		for _, tau := range []float64{1e-6, 0.01, 1, 100} {
			for _, alpha := range []float64{0.5, 0.05, 0.001} {
				r := radius(v, tau, alpha)
				if p := pValue(r*1.0001, v, tau); p > alpha {
					t.Errorf("v %v, tau %v: p %v outside of the interval of %v", v, tau, p, alpha)
				}
				if p := pValue(-r*0.9999, v, tau); p < alpha {
					t.Errorf("v %v, tau %v: p %v inside of the interval of %v", v, tau, p, alpha)
				}
			}
		}
	}
	for _, tt := range []struct{ d, v, want float64 }{{0, 0, 1}, {0, 1, 1}, {1, 0, 0}, {-1, 0, 0}} {
		if got := pValue(tt.d, tt.v, 0.1); got != tt.want {
			t.Errorf("pValue(%v, %v) = %v, want %v", tt.d, tt.v, got, tt.want)
		}
	}
}

// The Bayes factor, one unit at a time: what the alternative gave the unit's variant,
// given those before, over what the plan gave it.
func TestSplit(t *testing.T) {
	tests := []struct {
		name    string
		counts  []int
		planned []float64
		off     bool
	}{
		{"nobody", []int{0, 0}, []float64{0.5, 0.5}, false},
		{"even", []int{500, 500}, []float64{0.5, 0.5}, false},
		{"chance", []int{530, 470}, []float64{0.5, 0.5}, false},
		{"not chance", []int{570, 430}, []float64{0.5, 0.5}, true},
		{"a tenth", []int{905, 95}, []float64{0.9, 0.1}, false},
		{"not a tenth", []int{950, 50}, []float64{0.9, 0.1}, true},
		{"three", []int{330, 340, 330}, []float64{0.333, 0.334, 0.333}, false},
		{"a few on one side", []int{12, 0}, []float64{0.5, 0.5}, false},
		{"all on one side", []int{100, 0}, []float64{0.5, 0.5}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			factor, total := 1.0, 0.0
			for i, n := range tt.counts {
				for k := range n {
					factor *= (tt.planned[i]*splitPrior + float64(k)) / (splitPrior + total) / tt.planned[i]
					total++
				}
			}
			want := min(1, 1/factor)
			got := splitP(tt.counts, tt.planned)
			if math.Abs(got-want) > 1e-9*want || got < splitLevel != tt.off {
				t.Errorf("p = %v, want %v; off: %t", got, want, tt.off)
			}
		})
	}
	if p := splitP([]int{99, 1}, []float64{1, 0}); p != 0 {
		t.Errorf("p = %v where somebody has a variant that nobody should have", p)
	}
}
