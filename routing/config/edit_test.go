package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSetTiers(t *testing.T) {
	const numbers = "tiers: {standard: 0.11, premium: 0.22, flagship: 0.33}"
	for _, tt := range []struct{ name, in, want, wantErr string }{
		{"nothing yet", "", "routing:\n  " + numbers + "\n", ""},
		{"no routing", "listen: 127.0.0.1:1 # mine", "listen: 127.0.0.1:1 # mine\nrouting:\n  " + numbers + "\n", ""},
		{"no tiers", "routing:\n    # why\n    strategy: auto\nlisten: 127.0.0.1:1\n", "routing:\n    # why\n    " + numbers + "\n    strategy: auto\nlisten: 127.0.0.1:1\n", ""},
		{"no tiers, one line", "routing: {strategy: auto}\n", "routing: {" + numbers + ", strategy: auto}\n", ""},
		{
			"one line", "routing:\n  tiers: {standard: 0.2, premium: 0.40,  flagship: .7}   # 유지\n  strategy: auto\n",
			"routing:\n  tiers: {standard: 0.11, premium: 0.22,  flagship: 0.33}   # 유지\n  strategy: auto\n", "",
		},
		{
			"a line each", "routing:\n  tiers:\n    standard: 0.2 # a\n    premium: 0.4\n    flagship: 0.7\n",
			"routing:\n  tiers:\n    standard: 0.11 # a\n    premium: 0.22\n    flagship: 0.33\n", "",
		},
		{"one number alone", "routing: {tiers: {standard: 0.2}}", "", "routing.tiers: expected the three numbers standard, premium and flagship, each written out"},
		{"another mistake", "listne: x\n", "", "f: line 1: listne: unknown key; known: listen, admin, processor, providers, models, routing, judge, budgets, experiments, envoy, telemetry, cache, compression"},
		{"no YAML", "a: [", "", "f: line 1: did not find expected node content"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := SetTiers("f", []byte(tt.in), Thresholds{Standard: 0.11, Premium: 0.22, Flagship: 0.33})
			message := ""
			if err != nil {
				message = err.Error()
			}
			if diff := cmp.Diff([]string{tt.want, tt.wantErr}, []string{string(got), message}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := SetTiers("f", nil, Thresholds{Standard: 0.5, Premium: 0.2, Flagship: 0.9}); err == nil {
		t.Error("thresholds that fall are accepted")
	}
}
