package verdict

import (
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict/failure"
)

// Status judges an HTTP error by its status and what its body says. It returns "" for errors
// of the client (a malformed request) and for a key that the provider does not accept: they go
// to the client.
func (j *Judge) Status(status int, e answer.Error) Reason {
	return j.checked(Reason(failure.Of(status, e)))
}

// Cause says why there is an error in the body of a success, or in a stream; "" where that
// cannot be told. The verdict on it is [ProviderError] all the same.
func Cause(e answer.Error) Reason { return Reason(failure.Of(200, e)) }

// checked returns the reason if answers are rejected for it.
func (j *Judge) checked(r Reason) Reason {
	if r == "" || !j.checks(r) {
		return ""
	}
	return r
}
