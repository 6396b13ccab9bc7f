package state

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// all returns what the bucket holds, and checks that it comes in order.
func all(t *testing.T, b *Bucket) map[string]string {
	t.Helper()
	got, last := make(map[string]string), ""
	err := b.All(func(key string, value []byte) error {
		if key <= last {
			t.Errorf("%q comes behind %q", key, last)
		}
		got[key], last = string(value), key
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// check compares the bucket with what it must hold, by Get and by All.
func check(t *testing.T, b *Bucket, want map[string]string, flush bool) {
	t.Helper()
	for _, key := range append(slices.Collect(maps.Keys(want)), "none", "") {
		value, ok, err := b.Get(key)
		if w, kept := want[key]; err != nil || ok != kept || string(value) != w {
			t.Errorf("%q: %q, %t, %v; want %q, %t", key, value, ok, err, w, kept)
		}
	}
	if flush { // All writes what is pending
		if diff := cmp.Diff(want, all(t, b)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestDisk does at random what a bucket is for and compares it with a map, whether
// changes are pending or written, and when the file is opened again.
func TestDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "state.db")
	d := openDisk(t, path)
	b, other := d.Bucket("one"), d.Bucket("other")
	want := map[string]string{}
	check(t, b, want, true)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		key := "k" + strconv.Itoa(rng.IntN(30))
		switch rng.IntN(10) {
		case 0, 1, 2, 3, 4:
			value := strings.Repeat("v", rng.IntN(3)) + key
			if rng.IntN(10) == 0 {
				value = ""
			}
			b.Put(key, []byte(value))
			want[key] = value
		case 5, 6:
			b.Delete(key)
			delete(want, key)
		case 7:
			if err := d.Flush(); err != nil {
				t.Fatal(err)
			}
		case 8:
			other.Put(key, []byte("other"))
		case 9:
			if rng.IntN(10) > 0 {
				continue
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			d = openDisk(t, path)
			b, other = d.Bucket("one"), d.Bucket("other")
		}
		check(t, b, want, rng.IntN(10) == 0)
	}
	check(t, b, want, true)
	for name, wantMode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != wantMode {
			t.Errorf("%s: mode %v, %v; want %v: it is nobody else's", name, info.Mode(), err, wantMode)
		}
	}
	stop := errors.New("enough")
	if err := b.All(func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a function that stops: %v", err)
	}
}

// TestWrittenBehind shows that what was put reaches the file without any further call, so
// that a copy of the file, as a crash leaves it, has it.
func TestWrittenBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	d := openDisk(t, path)
	d.Bucket("b").Put("k", []byte("v"))
	eventually(t, "the flusher has written", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.pending)+len(d.current) == 0 && d.size == 0
	})
	left := filepath.Join(t.TempDir(), "copy.db")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, content, 0o600); err != nil {
		t.Fatal(err)
	}
	check(t, openDisk(t, left).Bucket("b"), map[string]string{"k": "v"}, true)
}

const (
	killedAt = "SLUICE_TEST_STATE_FILE"
	killed   = 40 // counts that the parent waits for
)

// TestMain makes the test binary the process that TestKilled kills; and nothing that a
// test has opened may go on behind it.
func TestMain(m *testing.M) {
	if path := os.Getenv(killedAt); path != "" {
		count(path)
	}
	goleak.VerifyTestMain(m)
}

// count puts rising numbers under two keys, and prints each once it is on the disk.
func count(path string) {
	d, err := OpenDisk(path, func(op string, err error) { fmt.Println(op, err) })
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := 1; ; n++ {
		d.Bucket("b").Put("first", []byte(strconv.Itoa(n)))
		d.Bucket("b").Put("second", []byte(strconv.Itoa(n)))
		if n%5 == 0 {
			if err := d.Flush(); err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(n)
		}
	}
}

// TestKilled kills a process that writes, again and again: what it said was written is
// there, and what was put together is there together.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	for range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killedAt+"="+path)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := 0
		lines := bufio.NewScanner(out)
		for range killed {
			if !lines.Scan() {
				t.Fatalf("the process ended at %d", said)
			}
			if said, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				said = n
			}
		}
		_ = cmd.Wait() // it was killed
		d := openDisk(t, path)
		got := all(t, d.Bucket("b"))
		if n, err := strconv.Atoi(got["second"]); err != nil || n < said || got["first"] != got["second"] && got["first"] != strconv.Itoa(n+1) {
			t.Errorf("found %v; %d was said to be written", got, said)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
