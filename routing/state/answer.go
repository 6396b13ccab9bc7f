package state

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"sluice/routing"
	"sluice/routing/cache"
)

// A cached answer in Redis: a version, the API, 1 for a stream, the lengths of model and
// tier and the tokens as varints, the time it was stored in nanoseconds since 1970, the cost
// as the bits of a float64, then model, tier and the body. Another format needs another
// version.
const answerVersion = 1

var errAnswer = errors.New("redis: a cached answer in an unknown format")

func encodeAnswer(e *cache.Entry) []byte {
	var stream byte
	if e.Stream {
		stream = 1
	}
	b := make([]byte, 0, 64+len(e.Model)+len(e.Tier)+len(e.Body))
	b = append(b, answerVersion, byte(e.API), stream)
	b = binary.AppendUvarint(b, uint64(len(e.Model)))
	b = binary.AppendUvarint(b, uint64(len(e.Tier)))
	b = binary.AppendVarint(b, int64(e.Tokens))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Stored.UnixNano()))
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(e.Cost))
	return append(append(append(b, e.Model...), e.Tier...), e.Body...)
}

// decodeAnswer returns an entry whose body is a part of b.
func decodeAnswer(b []byte) (*cache.Entry, error) {
	if len(b) < 3 || b[0] != answerVersion || b[2] > 1 {
		return nil, errAnswer
	}
	e := &cache.Entry{API: routing.API(b[1]), Stream: b[2] == 1}
	b = b[3:]
	model, n := binary.Uvarint(b)
	b = b[max(n, 0):]
	tier, m := binary.Uvarint(b)
	b = b[max(m, 0):]
	tokens, k := binary.Varint(b)
	b = b[max(k, 0):]
	const numbers = 16
	if n <= 0 || m <= 0 || k <= 0 || len(b) < numbers || model > uint64(len(b)) || tier > uint64(len(b)) || model+tier > uint64(len(b)-numbers) {
		return nil, errAnswer
	}
	e.Tokens = int(tokens)
	e.Stored = time.Unix(0, int64(binary.BigEndian.Uint64(b)))
	e.Cost = math.Float64frombits(binary.BigEndian.Uint64(b[8:]))
	b = b[numbers:]
	e.Model, e.Tier, e.Body = string(b[:model]), string(b[model:model+tier]), b[model+tier:]
	return e, nil
}
