package routing_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"sluice/routing"
)

func TestToolNames(t *testing.T) {
	var names routing.ToolNames
	for _, n := range []string{"read", "write_file", "", "mcp__git__log"} {
		names.Add([]byte(n))
	}
	text, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	var back routing.ToolNames
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"read": true, "write_file": true, "mcp__git__log": true, "": false, "Read": false, "rea": false} {
		if got := back.Has(name); got != want {
			t.Errorf("%q: got %v", name, got)
		}
	}
	for i := range 1000 {
		names.Add([]byte(strconv.Itoa(i)))
	}
	if most := 128 * 4; len(names) != most {
		t.Errorf("%d bytes, want %d", len(names), most)
	}
}
