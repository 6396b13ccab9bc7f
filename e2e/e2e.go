// Package e2e holds the tests that run the real program behind a real Envoy, with
// simulated providers as upstreams. They start at main_test.go; process_test.go,
// envoy_test.go, upstream_test.go and client_test.go are what every test is made of.
// Ports and sockets are chosen afresh for each test, waits poll for a condition, and
// what the processes print is shown only where a test fails.
package e2e
