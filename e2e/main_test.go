package e2e

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience bounds every wait for a condition; a passing test never needs it.
const patience = 30 * time.Second

// scratch is a folder for all tests of this run, with a path short enough for sockets.
var scratch string

// closing ends what the tests share before goroutines are counted.
type closing struct{ *testing.M }

func (c closing) Run() int {
	code := c.M.Run()
	client.CloseIdleConnections()
	return code
}

func TestMain(m *testing.M) {
	if os.Getenv(noopSocket) != "" { // this is a child of the benchmark
		fmt.Fprintln(os.Stderr, "e2e: no-op server:", serveNoop())
		os.Exit(1)
	}
	var err error
	// The repository's root, where the cache with Envoy and the SDKs is.
	if err = errors.Join(err, os.Chdir("..")); err == nil {
		scratch, err = os.MkdirTemp("", "e2e")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(closing{m}, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(scratch)
		os.Exit(code)
	}))
}

// eventually waits until the condition gives no error, and fails the test with the
// last one if it always does.
func eventually(t testing.TB, condition func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting after %v: %v", patience, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
