package process

import "runtime"

// concurrency is the number of Envoy's worker threads: those the Go runtime was
// given, which honours the limits of a container.
func concurrency() int { return runtime.GOMAXPROCS(0) }
