package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSetThresholds(t *testing.T) {
	const (
		numbers = "{standard: 0.11, premium: 0.22, flagship: 0.33}"
		learned = "calibrate: {thresholds: " + numbers + "}"
	)
	for _, tt := range []struct{ name, in, want, wantErr string }{
		{"nothing yet", "", "routing:\n  " + learned + "\n", ""},
		{"no routing", "listen: 127.0.0.1:1 # mine", "listen: 127.0.0.1:1 # mine\nrouting:\n  " + learned + "\n", ""},
		{"no key", "routing:\n    # why\n    strategy: auto\nlisten: 127.0.0.1:1\n", "routing:\n    # why\n    " + learned + "\n    strategy: auto\nlisten: 127.0.0.1:1\n", ""},
		{"no key, one line", "routing: {strategy: auto}\n", "routing: {" + learned + ", strategy: auto}\n", ""},
		{"another target", "routing:\n  calibrate: {cheap_share: 0.7}   # 유지\n  strategy: auto\n", "routing:\n  " + learned + "   # 유지\n  strategy: auto\n", ""},
		{"the same target", "routing: {calibrate: { thresholds: {standard: 0.2, premium: 0.3, flagship: 0.4} }, debug: true}\n", "routing: {" + learned + ", debug: true}\n", ""},
		{
			"a line each", "routing:\n  calibrate:\n    thresholds:\n      standard: 0.2 # a\n      premium: 0.4\n      flagship: 0.7 # b\n  debug: true\n",
			"routing:\n  " + learned + " # b\n  debug: true\n", "",
		},
		{"in the place of a quality", "routing:\n  quality: high   # 유지\n  strategy: auto\n", "routing:\n  " + learned + "   # 유지\n  strategy: auto\n", ""},
		{"of its numbers", "routing: {quality: {weak_answer: 4, caught: 0.5}, debug: true}\n", "routing: {" + learned + ", debug: true}\n", ""},
		{"of its numbers, a line each", "routing:\n  debug: true\n  quality:\n    weak_answer: 4\n    caught: 0.5\n", "routing:\n  debug: true\n  " + learned + "\n", ""},
		{"of an empty one", "routing:\n  quality:\n  debug: true\n", "routing:\n  " + learned + "\n  debug: true\n", ""},
		{"a quoted quality", "routing: {quality: \"high\"}\n", "", "routing: the thresholds are written in a form that cannot be edited; edit them by hand"},
		{"a value on the next line", "routing:\n  quality:\n    high\n", "routing:\n  " + learned + "\n", ""},
		{"scorer spec", "routing:\n  scorer: spec\n  tiers: {standard: 0.2, premium: 0.40,  flagship: .7} # why\n", "routing:\n  scorer: spec\n  tiers: " + numbers + " # why\n", ""},
		{"another strategy", "routing: {strategy: hierarchical}\n", "routing: {tiers: " + numbers + ", strategy: hierarchical}\n", ""},
		{"quoted", "routing: {calibrate: {cheap_share: \"0.7\"}}\n", "", "routing: the thresholds are written in a form that cannot be edited; edit them by hand"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := SetThresholds("f", []byte(tt.in), Thresholds{Standard: 0.11, Premium: 0.22, Flagship: 0.33})
			message := ""
			if err != nil {
				message = err.Error()
			}
			if diff := cmp.Diff([]string{tt.want, tt.wantErr}, []string{string(got), message}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := SetThresholds("f", nil, Thresholds{Standard: 0.5, Premium: 0.2, Flagship: 0.9}); err == nil || !strings.Contains(err.Error(), "calibrate.thresholds: expected 0 ≤ standard") {
		t.Errorf("thresholds that fall: %v", err)
	}
	if _, err := SetThresholds("f", []byte("listne: x"), Thresholds{}); err == nil || !strings.Contains(err.Error(), "listne: unknown key") {
		t.Errorf("a mistake in the file: %v", err)
	}
}
