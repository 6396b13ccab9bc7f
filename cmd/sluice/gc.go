package main

import (
	"bytes"
	"os"
	"runtime/debug"
	"strconv"
)

const (
	// gcPercent makes the garbage collector run when the heap is five times its live size
	// instead of twice. Sluice keeps a few megabytes alive, so with Go's default the
	// collector would run every two hundred requests (it takes 10 ms of CPU each time).
	gcPercent = 400
	// memoryShare is the part of a container's memory limit that the heap may grow to
	// before the collector works harder. The rest is for what Go does not count.
	memoryShare = 0.9
)

// tuneCollector sets the garbage collector's pace for a server. GOGC and GOMEMLIMIT in the
// environment have precedence.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		if limit := containerMemory("/sys/fs/cgroup/memory.max"); limit > 0 {
			debug.SetMemoryLimit(int64(float64(limit) * memoryShare))
		}
	}
}

// containerMemory returns the memory limit of this container in bytes, or 0 if it has none.
func containerMemory(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil { // "max" is no limit
		return 0
	}
	return n
}
