package batch

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLineTable(t *testing.T) {
	table, err := newLineTable(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = table.close() }()
	want := map[int]slot{1: {1, 2, 3, 4}, 7: {1 << 40, 1<<32 - 1, 9, 1}, 100_000: {at: 5}, 2: {}}
	for line, s := range want {
		if err := table.put(line, s); err != nil {
			t.Fatal(err)
		}
	}
	want[3], want[1_000_000] = slot{}, slot{} // never put
	for line, s := range want {
		if got, err := table.get(line); err != nil || got != s {
			t.Errorf("line %d: %v, %v; want %v", line, got, err, s)
		}
	}
}

// TestIDSet fills a set to the last line that it was made for, and compares with a map.
func TestIDSet(t *testing.T) {
	for _, lines := range []int{0, 1, 8, 9, 5000} {
		set, err := newIDSet(t.TempDir(), lines)
		if err != nil {
			t.Fatal(err)
		}
		seen, got, want := map[string]int{}, []int{}, []int{}
		for n := 1; n <= lines; n++ {
			id := strconv.Itoa(n * 7 % 4001)
			before, err := set.add(id, n)
			if err != nil {
				t.Fatal(err)
			}
			got, want = append(got, before), append(want, seen[id])
			if seen[id] == 0 {
				seen[id] = n
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d lines: %s", lines, d)
		}
		if err := set.close(); err != nil {
			t.Error(err)
		}
	}
}
