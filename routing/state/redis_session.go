package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"sluice/routing/session"
)

// sessions is a [session.Store] that replicas share.
type sessions struct {
	redis *Redis
	ttl   time.Duration
}

// Sessions returns the conversations in this Redis. Each is kept for ttl, above 0, after its
// last Put.
func (r *Redis) Sessions(ttl time.Duration) session.Store { return &sessions{r, ttl} }

func (s *sessions) Get(ctx context.Context, key string) (session.Entry, bool, error) {
	var value []byte
	err := s.redis.call(ctx, "read session", func(ctx context.Context) (err error) {
		value, err = s.redis.client.Get(ctx, sessionKey(key)).Bytes()
		return err
	})
	if err != nil {
		if errors.Is(err, redis.Nil) {
			err = nil
		}
		return session.Entry{}, false, err
	}
	var e session.Entry
	if err := json.Unmarshal(value, &e); err != nil {
		return session.Entry{}, false, s.redis.misread("read session", err)
	}
	return e, true, nil
}

func (s *sessions) Put(ctx context.Context, key string, e session.Entry) error {
	value, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return s.redis.call(ctx, "write session", func(ctx context.Context) error {
		return s.redis.client.Set(ctx, sessionKey(key), value, s.ttl).Err()
	})
}

func sessionKey(key string) string { return "sluice:session:" + key }
