package cache_test

import (
	"testing"

	"sluice/routing/cache"
	"sluice/routing/cache/cachetest"
)

func TestMemory(t *testing.T) {
	cachetest.Store(t, func(t *testing.T) cache.Store {
		m, err := cache.NewMemory(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		return m
	})
}
