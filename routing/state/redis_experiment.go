package state

import (
	"context"
	"crypto/sha256"
	_ "embed" // the scripts
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"sluice/routing"
	"sluice/routing/experiment"
)

var (
	//go:embed lua/record.lua
	experimentRecord string
	//go:embed lua/rate.lua
	experimentRate string
)

const (
	// totalsKept is how long a unit's totals are kept after its last request: longer than
	// experiments run, so that no unit is lost during one.
	totalsKept = 180 * 24 * time.Hour
	maxUnits   = 100_000 // of one experiment
	unitsPage  = 1000    // units that one call reads
	// experimentKey is the prefix of every key. They share a slot of the cluster, since one
	// outcome changes several of them.
	experimentKey = "sluice:{experiment}:"
)

// experiments is an [experiment.Store] that replicas share.
type experiments struct {
	redis        *Redis
	now          func() time.Time
	maxUnits     int
	record, rate *redis.Script
}

// Experiments returns the experiments in this Redis, of at most 100,000 units each. Totals
// are kept for half a year after a unit's last request.
func (r *Redis) Experiments(now func() time.Time) experiment.Store {
	return r.experiments(now, maxUnits)
}

func (r *Redis) experiments(now func() time.Time, most int) *experiments {
	return &experiments{r, now, most, redis.NewScript(experimentRecord), redis.NewScript(experimentRate)}
}

func unitKey(experiment, unit string) string {
	return experimentKey + "u:" + experiment + "\x00" + unit
}
func unitsKey(experiment string) string   { return experimentKey + "units:" + experiment }
func droppedKey(experiment string) string { return experimentKey + "dropped:" + experiment }

func requestKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return experimentKey + "request:" + hex.EncodeToString(sum[:12])
}

// Record is one round trip.
func (x *experiments) Record(ctx context.Context, a routing.Assignment, o experiment.Outcome) (bool, error) {
	if err := o.Check(); err != nil {
		return false, err
	}
	if a.Experiment == "" || a.Unit == "" || strings.Contains(a.Experiment, "\x00") {
		return false, errors.New("outcome without experiment or unit")
	}
	keys := []string{unitKey(a.Experiment, a.Unit), unitsKey(a.Experiment), droppedKey(a.Experiment), requestKey(o.ID)}
	args := []any{
		a.Experiment, a.Unit, a.Variant, o.At.UnixNano(), o.At.UnixMicro(), x.maxUnits,
		x.now().UnixMilli(), experiment.FeedbackTime.Milliseconds(), totalsKept.Milliseconds(), o.ID != "",
		exactly(o.Cost), exactly(o.Seconds), o.Tokens, o.Escalated, o.Failed,
	}
	var first int64
	err := x.redis.call(ctx, "record outcome", func(ctx context.Context) (err error) {
		first, err = x.record.Run(ctx, x.redis.client, keys, args...).Int64()
		return err
	})
	return first == 1, err
}

// Rate is two round trips: the first finds the unit of the request.
func (x *experiments) Rate(ctx context.Context, id string, rating float64) (bool, error) {
	if err := experiment.CheckRating(rating); err != nil {
		return false, err
	}
	request := requestKey(id)
	var known int64
	err := x.redis.call(ctx, "rate", func(ctx context.Context) error {
		of, err := x.redis.client.HMGet(ctx, request, "experiment", "unit").Result()
		if err != nil || of[0] == nil || of[1] == nil {
			return err
		}
		unit := unitKey(fmt.Sprint(of[0]), fmt.Sprint(of[1]))
		known, err = x.rate.Run(ctx, x.redis.client, []string{request, unit}, exactly(rating), x.now().UnixMilli(), experiment.FeedbackTime.Milliseconds()).Int64()
		return err
	})
	return known == 1, err
}

// Units reads a thousand units at a time, so that a large experiment does not block Redis.
// Outcomes recorded meanwhile may be included.
func (x *experiments) Units(ctx context.Context, name string) ([]experiment.Totals, int, error) {
	var dropped int
	err := x.redis.call(ctx, "read experiment", func(ctx context.Context) (err error) {
		dropped, err = x.redis.client.Get(ctx, droppedKey(name)).Int()
		return err
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, 0, err
	}
	var all []experiment.Totals
	seen := make(map[string]bool)
	for start := int64(0); ; start += unitsPage {
		var units []string
		var totals []*redis.MapStringStringCmd
		err := x.redis.call(ctx, "read experiment", func(ctx context.Context) (err error) {
			units, err = x.redis.client.ZRange(ctx, unitsKey(name), start, start+unitsPage-1).Result()
			if err != nil || len(units) == 0 {
				return err
			}
			pipe := x.redis.client.Pipeline()
			for _, unit := range units {
				totals = append(totals, pipe.HGetAll(ctx, unitKey(name, unit)))
			}
			_, err = pipe.Exec(ctx)
			return err
		})
		if err != nil {
			return nil, 0, err
		}
		for i, unit := range units {
			fields := totals[i].Val()
			if len(fields) == 0 || seen[unit] {
				continue // expired, or moved to this page after the last one was read
			}
			seen[unit] = true
			t, err := parseTotals(unit, fields)
			if err != nil {
				return nil, 0, x.redis.misread("read experiment", fmt.Errorf("%q: %w", name, err))
			}
			all = append(all, t)
		}
		if len(units) < unitsPage {
			experiment.Sort(all)
			return all, dropped, nil
		}
	}
}

// Forget removes a thousand units at a time. The requests expire by themselves within
// [experiment.FeedbackTime]; feedback on them is no longer accepted.
func (x *experiments) Forget(ctx context.Context, name string) (int, error) {
	var forgotten int
	for {
		var units []string
		err := x.redis.call(ctx, "forget experiment", func(ctx context.Context) (err error) {
			units, err = x.redis.client.ZRange(ctx, unitsKey(name), 0, unitsPage-1).Result()
			if err != nil {
				return err
			}
			pipe := x.redis.client.TxPipeline()
			pipe.Del(ctx, droppedKey(name))
			for _, unit := range units {
				pipe.Del(ctx, unitKey(name, unit))
				pipe.ZRem(ctx, unitsKey(name), unit)
			}
			_, err = pipe.Exec(ctx)
			return err
		})
		if err != nil {
			return forgotten, err
		}
		if forgotten += len(units); len(units) < unitsPage {
			return forgotten, nil
		}
	}
}

// exactly formats a number so that parsing gives the same one.
func exactly(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func parseTotals(unit string, fields map[string]string) (experiment.Totals, error) {
	var failed error
	number := func(field string) float64 {
		text, ok := fields[field]
		if !ok {
			return 0
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil && failed == nil {
			failed = fmt.Errorf("field %q of a unit: %w", field, err)
		}
		return f
	}
	nanos, err := strconv.ParseInt(fields["first"], 10, 64)
	if err != nil {
		return experiment.Totals{}, fmt.Errorf("field \"first\" of a unit: %w", err)
	}
	return experiment.Totals{
		Unit:      unit,
		Variant:   fields["variant"],
		First:     time.Unix(0, nanos).UTC(),
		Requests:  int(number("requests")),
		Moved:     int(number("moved")),
		Cost:      number("cost"),
		Seconds:   number("seconds"),
		Tokens:    int(number("tokens")),
		Escalated: int(number("escalated")),
		Failed:    int(number("failed")),
		Rated:     int(number("rated")),
		Rating:    number("rating"),
	}, failed
}
