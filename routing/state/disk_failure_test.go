package state

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

func TestDiskInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	openDisk(t, path)
	_, err := OpenDisk(path, unfailing(t))
	if want := "state file " + path + " is in use by another process; stop it, or set another state.path"; err == nil || err.Error() != want {
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
	check(t, openDisk(t, path).Bucket("b"), map[string]string{"k": "newest"}, true)
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
	large := make([]byte, maxPending/2)
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
