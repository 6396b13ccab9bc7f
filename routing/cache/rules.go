package cache

import (
	"net/http"
	"time"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
)

// A Scope says which requests share answers.
type Scope string

// The scopes. A user, key or team counts within its tenant, if that is known.
const (
	User     Scope = "user" // by the API key if the user is not known
	Key      Scope = "key"
	Team     Scope = "team"
	Tenant   Scope = "tenant"
	Everyone Scope = "everyone"
)

// A Temperature says which temperatures cached requests may have.
type Temperature string

// The temperatures of requests that are cached.
const (
	Zero  Temperature = "zero"  // 0, given by the client
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
	Wait        time.Duration // how long a request waits for the same one before it; 0 is not at all
}

// A Question is the key of an answer and what may be done with it.
type Question struct {
	Key    string        // SHA-256 in hexadecimal
	Read   bool          // a kept answer may be given
	Write  bool          // the answer may be kept
	MaxAge time.Duration // of a kept answer; 0 is any
}

// Accepts reports whether the entry, nil for none, answers the question at that time.
func (q *Question) Accepts(e *Entry, now time.Time) bool {
	return e != nil && q.Read && (q.MaxAge == 0 || now.Sub(e.Stored) <= q.MaxAge)
}

// A Bypass says why a request bypasses the cache: a closed set, fit for a metric label. "" is
// that it does not.
type Bypass string

// The reasons.
const (
	OptedOut     Bypass = "opted_out"    // the client wants no cached answer, and none kept
	NotRouted    Bypass = "not_routed"   // not an endpoint whose answers Sluice understands
	NoPrincipal  Bypass = "no_principal" // it is not known whose answer it would be
	Conversation Bypass = "conversation" // it continues what the provider keeps
	Stored       Bypass = "stored"       // the client asks the provider to keep the answer
	WithTools    Bypass = "tools"        // it has tools, and the rules exclude such requests
	Chance       Bypass = "temperature"  // the answer is random by its temperature
	Remote       Bypass = "remote"       // it refers to an address, whose content may change
	Unreadable   Bypass = "unreadable"   // its parameters are too many
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
	case !a.Complete, a.Truncated, !a.Error.None():
		return false
	}
	switch a.Finish {
	case answer.FinishStop, answer.FinishSequence, answer.FinishTools:
		return true
	case answer.FinishLength:
		return req.MaxTokens > 0 // as long as the client wanted it
	default:
		return false
	}
}
