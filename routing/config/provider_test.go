package config

import (
	"testing"
	"time"
)

func TestIdleTime(t *testing.T) {
	own, none := Duration(4*time.Second), Duration(0)
	for _, tt := range []struct {
		name string
		p    Provider
		want time.Duration
	}{
		{"plain HTTP/1", Provider{Endpoint: "http://127.0.0.1:8000/v1"}, 0},
		{"HTTP/2 without TLS", Provider{Endpoint: "http://127.0.0.1:8000/v1", HTTP2: true}, 50 * time.Second},
		{"TLS", Provider{Endpoint: "https://api.example.com/v1"}, 50 * time.Second},
		{"set", Provider{Endpoint: "http://127.0.0.1:8000/v1", KeepAlive: &own}, 4 * time.Second},
		{"switched off", Provider{Endpoint: "https://api.example.com/v1", KeepAlive: &none}, 0},
	} {
		if got := tt.p.IdleTime(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
