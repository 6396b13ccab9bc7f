// Package state stores what must outlive a request: on the disk of one process, or in
// Redis for several replicas.
//
// The packages budget, experiment, session and cache each define a Store, and implement it
// in memory; this one makes those persistent ([Disk]) or implements them in [Redis]. It
// knows nothing of requests and models. Start with [Open].
//
// Redis never delays a request for long: each call waits for a bounded time, and while Redis
// is known to be unavailable calls fail at once.
package state
