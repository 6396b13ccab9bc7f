package config

import (
	"time"

	"sluice/routing/cache"
	"sluice/routing/state"
)

// Defaults of what a cache section leaves out.
const (
	defaultCacheTTL   = Duration(time.Hour)
	defaultCacheSize  = Size(64 << 20)
	defaultCacheEntry = Size(1 << 20)
)

// maxCacheWait bounds cache.wait: Envoy waits five seconds for a decision.
const maxCacheWait = Duration(4 * time.Second)

// cache checks the section and fills what it leaves out, which only here differs from a 0 that
// is written.
func (c *checker) cache() {
	k := c.file.Cache
	if k == nil {
		return
	}
	c.cacheSizes(k)
	if k.Store == "" {
		k.Store = state.InMemory
	}
	if k.Scope == "" {
		k.Scope = string(cache.User)
	}
	if k.Temperature == "" {
		k.Temperature = string(cache.Unset)
	}
	if k.Store != state.InMemory {
		if err := state.CheckURL(k.Store); err != nil { // not repeated, since it may hold a password
			c.fail("cache.store", "expected memory or the address of a Redis: %v", err)
		}
	}
	c.oneOf("cache.scope", k.Scope, string(cache.User), string(cache.Key), string(cache.Team), string(cache.Tenant), string(cache.Everyone))
	c.oneOf("cache.temperature", k.Temperature, string(cache.Zero), string(cache.Unset), string(cache.Any))
	if k.Wait > maxCacheWait {
		c.fail("cache.wait", "%v is out of range; expected up to %v, or 0 for not at all", time.Duration(k.Wait), time.Duration(maxCacheWait))
	}
	c.cacheScope(k.Scope)
}

func (c *checker) cacheSizes(k *Cache) {
	if !c.written("cache.ttl") {
		k.TTL = defaultCacheTTL
	}
	if !c.written("cache.max_size") {
		k.MaxSize = max(defaultCacheSize, k.MaxEntry)
	}
	if !c.written("cache.max_entry") {
		k.MaxEntry = min(defaultCacheEntry, k.MaxSize)
	}
	if k.TTL <= 0 {
		c.fail("cache.ttl", "expected more than 0; without a cache section nothing is cached")
	}
	if k.MaxSize < 64<<10 || k.MaxSize > 1<<40 {
		c.fail("cache.max_size", "%d bytes is out of range; expected 64KiB to 1024GiB", k.MaxSize)
	}
	switch {
	case k.MaxEntry < 1<<10 || k.MaxEntry > 1<<30:
		c.fail("cache.max_entry", "%d bytes is out of range; expected 1KiB to 1GiB", k.MaxEntry)
	case k.MaxEntry > k.MaxSize:
		c.fail("cache.max_entry", "%d bytes is more than cache.max_size, %d bytes", k.MaxEntry, k.MaxSize)
	case k.MaxEntry > c.file.Routing.Limits.Response:
		c.warn("cache.max_entry", "answers larger than routing.limits.response, %d bytes, are not judged, and so not cached", c.file.Routing.Limits.Response)
	}
}

// cacheScope warns if the configuration does not say who a request is from.
func (c *checker) cacheScope(scope string) {
	id := &c.file.Identity
	switch source, none := id.User, (Source{}); cache.Scope(scope) {
	case cache.User:
		if source == none {
			c.warn("cache.scope", "identity.user is not configured: the API key is used instead")
		} else if source.Client {
			c.warn("cache.scope", "identity.user.client is set: clients that use the same name get each other's answers")
		}
	case cache.Team:
		if id.Team == none {
			c.warn("cache.scope", "identity.team is not configured: nothing is cached")
		}
	case cache.Tenant:
		if id.Tenant == none {
			c.warn("cache.scope", "identity.tenant is not configured: nothing is cached")
		}
	case cache.Key, cache.Everyone:
	}
}
