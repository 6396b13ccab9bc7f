package state

import (
	"bufio"
	"bytes"
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
	"go.etcd.io/bbolt"
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

// check compares the bucket with what it must hold, by All and by Get.
func check(t *testing.T, b *Bucket, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, all(t, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, key := range append(slices.Collect(maps.Keys(want)), "none", "") {
		value, ok, err := b.Get(key)
		if w, kept := want[key]; err != nil || ok != kept || string(value) != w {
			t.Errorf("%q: %q, %t, %v; want %q, %t", key, value, ok, err, w, kept)
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
	check(t, b, want)
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
		check(t, b, want)
	}
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
	check(t, openDisk(t, left).Bucket("b"), map[string]string{"k": "v"})
}

const (
	killedAt = "SLUICE_TEST_STATE_FILE"
	killed   = 40 // counts that the parent waits for
)

// TestMain makes the test binary the process that TestKilled kills.
func TestMain(m *testing.M) {
	if path := os.Getenv(killedAt); path != "" {
		count(path)
	}
	os.Exit(m.Run())
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

func TestDiskInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	openDisk(t, path)
	_, err := OpenDisk(path, unfailing(t))
	if want := "state file " + path + " is in use by another process; stop that one, or set another state.path"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestDiskNoFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(file, "state.db")} {
		if d, err := OpenDisk(path, unfailing(t)); d != nil || err == nil || !strings.Contains(err.Error(), path) && !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestDiskDamaged opens files that something else has written into: it is an error that
// says what to do, or goes unseen until it is an error of a read or write; never a panic.
func TestDiskDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	d := openDisk(t, path)
	for i := range 300 {
		d.Bucket("b").Put("key "+strconv.Itoa(i), bytes.Repeat([]byte{byte(i)}, 100))
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	open := func(name string, content []byte, must bool) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "state.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := OpenDisk(path, func(string, error) {})
		if err != nil {
			damaged++
			if !strings.Contains(err.Error(), path+" is damaged") || !strings.Contains(err.Error(), "move it away") {
				t.Errorf("%s: %v", name, err)
			}
			return
		}
		if must {
			t.Errorf("%s is taken", name)
		}
		// May find what opening did not.
		_ = d.Bucket("b").All(func(string, []byte) error { return nil })
		d.Bucket("b").Put("more", []byte("x"))
		_ = d.Close()
	}
	open("text", []byte(strings.Repeat("this is no state\n", 1000)), true)
	open("no meta page", append(make([]byte, 8192), whole[8192:]...), true)
	open("half a file", whole[:len(whole)/2&^4095], true)
	open("three bytes", whole[:3], true)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 300 {
		content := bytes.Clone(whole)
		for range 1 + rng.IntN(4) {
			content[rng.IntN(len(content))] ^= 1 << rng.IntN(8)
		}
		if i%2 == 0 { // where pages say what they are
			page := 4096 * rng.IntN(len(content)/4096)
			content[page+rng.IntN(32)] ^= byte(1 + rng.IntN(255))
		}
		open(fmt.Sprint("bits ", i), content, false)
	}
	if damaged < 50 {
		t.Errorf("%d of 300 were found damaged: the test shows little", damaged)
	}
}

// TestDiskFails shows that what cannot be written is reported, is there all the same, and
// is written once that is possible.
func TestDiskFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var f failures
	d, err := OpenDisk(path, f.note)
	if err != nil {
		t.Fatal(err)
	}
	b := d.Bucket("b")
	b.Put("k", []byte("old"))
	b.Put("gone", []byte("x"))
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	d.writing.Lock()
	if err := d.db.Close(); err != nil { // as good as a disk that fails
		t.Fatal(err)
	}
	d.writing.Unlock()
	b.Put("k", []byte("new"))
	b.Delete("gone")
	if err := d.Flush(); err == nil {
		t.Error("a write that failed is no error")
	}
	b.Put("k", []byte("newest"))
	if err := d.Flush(); err == nil || f.waited() < 2 || !strings.Contains(f.all[0].Error(), path) {
		t.Errorf("error %v, reported %v", err, f.all)
	}
	if value, ok, err := b.Get("k"); string(value) != "newest" || !ok || err != nil {
		t.Errorf("pending: %q, %t, %v", value, ok, err)
	}
	d.writing.Lock()
	if d.db, err = bbolt.Open(path, 0o600, nil); err != nil {
		t.Fatal(err)
	}
	d.writing.Unlock()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if d.size != 0 {
		t.Errorf("%d bytes pending with nothing pending", d.size)
	}
	check(t, openDisk(t, path).Bucket("b"), map[string]string{"k": "newest"})
}

// TestDiskFull shows that what is dropped is reported.
func TestDiskFull(t *testing.T) {
	var f failures
	d, err := OpenDisk(filepath.Join(t.TempDir(), "state.db"), f.note)
	if err != nil {
		t.Fatal(err)
	}
	b := d.Bucket("b")
	d.writing.Lock() // so that everything stays pending
	large := make([]byte, mostPending/2)
	b.Put("a", large)
	b.Put("a", large) // in the place of the first
	if f.waited() != 0 {
		t.Fatalf("reported %v", f.all)
	}
	b.Put("b", large)
	if f.waited() != 1 || !errors.Is(f.all[0], ErrFull) {
		t.Fatalf("reported %v", f.all)
	}
	d.writing.Unlock()
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	b.Put("b", []byte("x"))
	b.Put("", []byte("x"))
	b.Put(strings.Repeat("k", bbolt.MaxKeySize+1), []byte("x"))
	if f.waited() != 3 {
		t.Errorf("reported %v; want two keys that cannot be", f.all)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	b.Put("c", []byte("x"))
	if f.waited() != 4 {
		t.Error("what is put after the end is not reported")
	}
}

func BenchmarkPut(b *testing.B) {
	d := openDisk(b, filepath.Join(b.TempDir(), "state.db"))
	bucket, value := d.Bucket("b"), make([]byte, 64)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = "key " + strconv.Itoa(i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		bucket.Put(keys[i%len(keys)], value)
	}
}

// BenchmarkFlush writes a thousand changes in one transaction.
func BenchmarkFlush(b *testing.B) {
	d := openDisk(b, filepath.Join(b.TempDir(), "state.db"))
	bucket, value := d.Bucket("b"), make([]byte, 64)
	for b.Loop() {
		for i := range 1000 {
			bucket.Put("key "+strconv.Itoa(i), value)
		}
		if err := d.Flush(); err != nil {
			b.Fatal(err)
		}
	}
}
