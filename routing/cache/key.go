package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"strconv"
	"sync"

	"sluice/routing"
)

// version is part of every key. It changes with what a key covers, or what an entry means.
const version = "sluice/cache/1"

// Question returns the key under which the answer to the request is kept, or why the request
// bypasses the cache. strategy is the one that decides. It reads the request's layout, so the
// body must not have been edited yet. It is pure, and may run beside anything that reads req.
//
// The key covers whose answer it is, the endpoint, the model and experiment asked for, the
// strategy, and every parameter of the body except those that cannot change what the model
// says (see matters): their names in sorted order and the bytes of their values. So neither
// the order of the parameters nor the white space between them counts. Unknown parameters
// always count.
func (r *Rules) Question(req *routing.Request, strategy string, c Control) (Question, Bypass) {
	k := keyers.Get().(*keyer)
	defer k.release()
	q := Question{Read: !c.NoRead, Write: !c.NoWrite, MaxAge: c.MaxAge}
	switch {
	case !q.Read && !q.Write:
		return Question{}, OptedOut
	case !req.API.Routed():
		return Question{}, NotRouted
	case req.Owner != "", req.Thread:
		return Question{}, Conversation
	case req.Needs&routing.Tools != 0 && !r.Tools:
		return Question{}, WithTools
	case !r.principal(k, &req.Who):
		return Question{}, NoPrincipal
	}
	k.text(req.API.String())
	k.text(req.Model)
	k.text(strategy)
	k.text(req.Experiment)
	k.text(c.Features)
	if why := r.parameters(k, req); why != "" {
		return Question{}, why
	}
	q.Key = k.sum()
	return q, ""
}

// principal adds whose answer it is to the key, and reports whether that is known.
func (r *Rules) principal(k *keyer, who *routing.Principal) bool {
	scope, name := r.Scope, ""
	switch r.Scope {
	case User:
		if name = who.User; name == "" {
			scope, name = Key, who.Key
		}
	case Key:
		name = who.Key
	case Team:
		name = who.Team
	case Tenant:
		name = who.Tenant
	case Everyone:
		k.text(string(scope))
		return true
	}
	k.text(string(scope))
	k.text(who.Tenant)
	k.text(name)
	return name != ""
}

// parameters adds the parameters of the body that matter to the key, or returns why the
// request is not cached.
func (r *Rules) parameters(k *keyer, req *routing.Request) Bypass {
	if len(req.Layout.Members) == 0 {
		return Unreadable
	}
	if req.Layout.Remote {
		return Remote
	}
	cold := false // the client says 0
	counted := k.fields[:0]
	for _, f := range req.Layout.Members {
		switch string(f.Key) {
		case "temperature":
			zero := isZero(f.Value)
			if !zero && given(f.Value) && r.Temperature != Any {
				return Chance
			}
			cold = cold || zero
		case "store":
			if string(f.Value) == "true" {
				return Stored
			}
		case "container": // what ran in it before is there
			if given(f.Value) {
				return Conversation
			}
		case "web_search_options", "mcp_servers", "plugins": // tools of the provider's
			if given(f.Value) && !r.Tools {
				return WithTools
			}
		}
		if matters(f.Key) {
			counted = append(counted, f)
		}
	}
	if r.Temperature == Zero && !cold {
		return Chance
	}
	k.fields = counted
	slices.SortStableFunc(counted, func(a, b routing.Member) int { return bytes.Compare(a.Key, b.Key) })
	for _, f := range counted {
		k.bytes(f.Key)
		if req.API == routing.AnthropicMessages && string(f.Key) == "system" {
			k.system(f.Value)
		} else {
			k.bytes(f.Value)
		}
	}
	return ""
}

// matters reports whether a top-level parameter can change what a model says.
func matters(key []byte) bool {
	switch string(key) {
	case "model": // the name asked for is part of the key by itself
		return false
	case "stream", "stream_options": // the form of the answer: an entry has every form
		return false
	case "user", "safety_identifier", "metadata": // who asks, for the provider's records; whose answer it is says the scope
		return false
	case "prompt_cache_key", "prompt_cache_retention": // of the provider's own cache of inputs
		return false
	case "store": // only false gets here
		return false
	case "service_tier": // how soon, and at what price
		return false
	default:
		return true
	}
}

// isZero reports whether the value is the number 0.
func isZero(value []byte) bool {
	n, err := strconv.ParseFloat(string(value), 64)
	return err == nil && n == 0
}

// given reports whether the value is not null.
func given(value []byte) bool { return string(value) != "null" }

// A keyer hashes the parts of a key, each with its length in front, so that no two different
// sequences of parts are the same sequence of bytes.
type keyer struct {
	sha    hash.Hash
	small  []byte // parts that are to be hashed together
	fields []routing.Member
}

const (
	smallParts = 4 << 10 // bytes of parts that are hashed together
	keptFields = 64      // members for which a keyer keeps memory
)

var keyers = sync.Pool{New: func() any {
	return (&keyer{sha: sha256.New(), small: make([]byte, 0, smallParts)}).begin()
}}

func (k *keyer) begin() *keyer {
	k.text(version)
	return k
}

// release returns the keyer to the pool, without references to the request.
func (k *keyer) release() {
	clear(k.fields)
	if k.fields = k.fields[:0]; cap(k.fields) > keptFields {
		k.fields = nil
	}
	k.sha.Reset()
	k.small = k.small[:0]
	keyers.Put(k.begin())
}

func (k *keyer) text(part string) {
	k.room(len(part))
	k.small = append(binary.BigEndian.AppendUint64(k.small, uint64(len(part))), part...)
}

func (k *keyer) bytes(part []byte) {
	k.room(min(len(part), smallParts/2))
	k.small = binary.BigEndian.AppendUint64(k.small, uint64(len(part)))
	if len(part) > smallParts/2 {
		k.flush()
		_, _ = k.sha.Write(part) // a hash never fails
		return
	}
	k.small = append(k.small, part...)
}

// room makes room for a part of n bytes and its length.
func (k *keyer) room(n int) {
	if len(k.small)+n+8 > smallParts {
		k.flush()
	}
}

func (k *keyer) flush() {
	_, _ = k.sha.Write(k.small)
	k.small = k.small[:0]
}

func (k *keyer) sum() string {
	k.flush()
	k.small = k.sha.Sum(k.small)
	k.small = hex.AppendEncode(k.small, k.small)
	return string(k.small[sha256.Size:])
}
