// Package state keeps what must outlive a request: on the disk of one process, or in
// Redis for several replicas.
//
// The other packages say what they keep, each by a Store of its own, and have it in
// memory; this one makes it last ([Disk]) or shares it ([Redis]). It decides nothing. A
// Redis that is away never holds a request up: each call waits a bounded time, and while
// it is known to be away none waits at all. Start
// with [Open].
package state
