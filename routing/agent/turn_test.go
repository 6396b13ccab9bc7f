package agent

import "testing"

// TestTurns: how many of the last calls show that the work goes badly. What was called before
// a person spoke again shows nothing.
func TestTurns(t *testing.T) {
	step := func(command, result string) Step {
		return Step{Tool: []byte("Bash"), Input: []byte(`{"command":"` + command + `"}`), Done: true, Text: []byte(result), Present: true}
	}
	earlier := func(s Step) Step { s.Present = false; return s }
	fails, list, oom := step("make", "error: no rule"), step("ls", "a b"), step("./bench", "bench: out of memory")
	edit := Step{Tool: []byte("Edit"), Input: []byte(`{}`), Done: true, Present: true}
	green := step("go test ./...", "ok  \ta\t0.1s")
	for _, tt := range []struct {
		name  string
		steps []Step
		want  int
	}{
		{"nothing", nil, 0},
		{"one call", []Step{list}, 0},
		{"the same call again", []Step{list, list}, 2},
		{"the same call again, one between", []Step{list, read(), list}, 3},
		{"the same call after a change", []Step{list, edit, list}, 0},
		{"the same call in a later turn", []Step{earlier(list), list}, 0},
		{"twice in an earlier turn", []Step{earlier(list), earlier(list), green}, 0},
		{"again, and again in a later turn", []Step{earlier(list), list, list}, 2},
		{"the same failure in a later turn", []Step{earlier(fails), step("make all", "error: no rule")}, 0},
		{"the same failure in this one", []Step{step("make all", "error: no rule"), fails}, 2},
		{"the same failure, one between", []Step{step("make all", "error: no rule"), list, fails}, 3},
		{"severe", []Step{list, oom}, 1},
		{"severe, some calls ago", []Step{oom, list, step("cat a", "x")}, 3},
		{"severe, in an earlier turn", []Step{earlier(oom), list}, 0},
		{"three different failures", []Step{fails, step("cc a.c", "a.c:1:1: error: x"), step("go build", "undefined: y\nexit status 2")}, 3},
		{"of which one is of an earlier turn", []Step{earlier(fails), step("cc a.c", "a.c:1:1: error: x"), step("go build", "undefined: y\nexit status 2")}, 0},
		{"overcome", []Step{fails, edit, green}, 0},
		{"out of the window", []Step{oom, list, step("cat a", "x"), step("cat b", "x")}, 0},
		{"the newest of two", []Step{oom, list, list}, 2},
	} {
		got := ReadStage(tt.steps)
		if got.Trouble != tt.want || (got.Trouble > 0) != (got.Severe || got.Repeated) {
			t.Errorf("%s: %+v, want %d", tt.name, got, tt.want)
		}
	}
}

// read is a call that changes nothing.
func read() Step {
	return Step{Tool: []byte("Read"), Input: []byte(`{"path":"a"}`), Done: true, Present: true}
}
