package cache

import (
	"net/http"
	"time"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
)

// A Scope says who shares answers.
type Scope string

// The scopes. A user, key or team counts within its tenant, where that is known.
const (
	User     Scope = "user" // the API key stands in for a user who is not known
	Key      Scope = "key"
	Team     Scope = "team"
	Tenant   Scope = "tenant"
	Everyone Scope = "everyone"
)

// A Temperature says how much chance a cached request may leave to the model.
type Temperature string

// The temperatures of requests that are cached.
const (
	Zero  Temperature = "zero"  // 0, as the client says
	Unset Temperature = "unset" // 0, or none given
	Any   Temperature = "any"
)

// Rules say what is cached.
type Rules struct {
	TTL         time.Duration
	MaxEntry    int // bytes of an answer
	Scope       Scope
	Temperature Temperature
	Tools       bool          // requests with tools are cached, too
	Wait        time.Duration // how long a request waits for the same one ahead of it; 0 is not
}

// A Question is what an answer is kept under, and what may be done with it.
type Question struct {
	Key    string        // SHA-256 in hexadecimal
	Read   bool          // an answer that is there may be given
	Write  bool          // an answer that comes may be kept
	MaxAge time.Duration // of the answer that may be given; 0 is any
}

// Accepts reports whether the entry, nil for none, answers the question at that time.
func (q *Question) Accepts(e *Entry, now time.Time) bool {
	return e != nil && q.Read && (q.MaxAge == 0 || now.Sub(e.Stored) <= q.MaxAge)
}

// A Bypass says why a request has nothing to do with the cache: a closed set, fit for a
// metric label. "" is that it has.
type Bypass string

// The reasons.
const (
	OptedOut     Bypass = "opted_out"    // the client wants neither to read nor to write it
	NotRouted    Bypass = "not_routed"   // not an endpoint whose answers Sluice understands
	NoPrincipal  Bypass = "no_principal" // nobody knows whose answer it would be
	Conversation Bypass = "conversation" // it goes on from what the provider keeps
	Stored       Bypass = "stored"       // the provider shall keep the answer
	WithTools    Bypass = "tools"        // tools are offered to the model, and the rules leave such requests out
	Chance       Bypass = "temperature"  // the answer is left to chance
	Remote       Bypass = "remote"       // it shows something by its address, which may change
	Unreadable   Bypass = "unreadable"   // the body is not a request
)

// A Result is how a request ended.
type Result struct {
	Status   int             // HTTP status of the answer
	Answer   answer.Response // what it says
	Size     int             // bytes of its body
	Accepted bool            // the judge let it pass, not only for want of candidates
	Limited  bool            // a budget kept the request from a better model
}

// Storable reports whether the answer may be kept for the question that the request asked:
// it is whole, successful and as good as the model could make it.
func (r *Rules) Storable(q *Question, req *routing.Request, res *Result) bool {
	a := &res.Answer
	switch {
	case !q.Write, res.Limited, !res.Accepted, res.Status != http.StatusOK, res.Size > r.MaxEntry:
		return false
	case !a.Complete, a.Truncated, a.ErrorMessage != "":
		return false
	}
	switch a.Finish {
	case answer.FinishStop, answer.FinishTools:
		return true
	case answer.FinishLength:
		return req.MaxTokens > 0 // as long as the client wanted it
	default:
		return false
	}
}
