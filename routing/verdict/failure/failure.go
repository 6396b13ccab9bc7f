// Package failure tells apart why a provider refused a request or failed.
//
// It knows the statuses, codes and words of many providers' errors, and nothing of models,
// requests or what follows from a failure. Start with [Of].
package failure

// A Kind says why an attempt brought no answer. The zero value is a mistake of the client:
// every model would refuse the same.
type Kind string

// The kinds.
const (
	RateLimited   Kind = "rate_limited"    // too many requests; the same one succeeds later
	ServerError   Kind = "server_error"    // the provider failed or is overloaded
	Timeout       Kind = "timeout"         // the provider gave up waiting
	ContextLength Kind = "context_length"  // too long for this model
	ModelNotFound Kind = "model_not_found" // the provider does not know the model
	Unsupported   Kind = "unsupported"     // this model does not take something in the request
	Account       Kind = "account"         // the operator's account has no money or no access
	Redirect      Kind = "redirect"        // the provider sends elsewhere
	Policy        Kind = "policy_refusal"  // the provider's safety policy forbids it
)
