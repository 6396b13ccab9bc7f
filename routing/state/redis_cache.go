package state

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"sluice/routing/cache"
)

// answers is a [cache.Store] that replicas share. Redis bounds its size, by maxmemory and an
// eviction policy such as volatile-ttl.
type answers struct {
	redis   *Redis
	release *redis.Script
}

// Cache returns the cached answers in this Redis.
func (r *Redis) Cache() cache.Store {
	// A claim that has expired may be another client's by now.
	const release = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`
	return &answers{r, redis.NewScript(release)}
}

func (a *answers) Get(ctx context.Context, key string) (*cache.Entry, error) {
	var value []byte
	err := a.redis.call(ctx, "read cache", func(ctx context.Context) (err error) {
		value, err = a.redis.client.Get(ctx, answerKey(key)).Bytes()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return nil, nil //nolint:nilnil // means that there is none
	}
	if err != nil {
		return nil, err
	}
	e, err := decodeAnswer(value)
	return e, a.redis.misread("read cache", err)
}

func (a *answers) Put(ctx context.Context, key string, e *cache.Entry, ttl time.Duration) error {
	if ttl < time.Millisecond {
		return nil // Redis takes 0 as no expiry
	}
	value := encodeAnswer(e)
	return a.redis.call(ctx, "write cache", func(ctx context.Context) error {
		return a.redis.client.Set(ctx, answerKey(key), value, ttl).Err()
	})
}

func (a *answers) Claim(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	err := a.redis.call(ctx, "claim", func(ctx context.Context) error {
		return a.redis.client.SetArgs(ctx, claimKey(key), a.redis.self, redis.SetArgs{Mode: "NX", TTL: max(ttl, time.Millisecond)}).Err()
	})
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, err
}

func (a *answers) Claimed(ctx context.Context, key string) (bool, error) {
	var n int64
	err := a.redis.call(ctx, "read claim", func(ctx context.Context) (err error) {
		n, err = a.redis.client.Exists(ctx, claimKey(key)).Result()
		return err
	})
	return n > 0, err
}

func (a *answers) Release(ctx context.Context, key string) error {
	err := a.redis.call(ctx, "release claim", func(ctx context.Context) error {
		return a.release.Run(ctx, a.redis.client, []string{claimKey(key)}, a.redis.self).Err()
	})
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}

func answerKey(key string) string { return "sluice:cache:" + key }

func claimKey(key string) string { return "sluice:claim:" + key }
