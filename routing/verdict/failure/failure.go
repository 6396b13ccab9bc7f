// Package failure tells apart why a provider refused a request or failed.
//
// It knows the statuses, codes and words of many providers' errors, and nothing of models,
// requests or what follows from a failure. Everything here is pure. Start with [Of]; [Wait]
// and [Room] read what else an error says. The words are in words.go.
package failure

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sluice/routing/llmapi/answer"
)

// A Kind says why an attempt brought no answer. The zero value is a mistake of the client, a
// 400 that names nothing, or a key that the provider does not accept: the next model is not
// asked.
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

// Statuses that net/http does not name.
const (
	StatusFlexCapacity = 498 // Groq
	StatusClientGone   = 499 // Google's CANCELLED
	StatusOverloaded   = 529 // Anthropic
)

// Of classifies an error by its HTTP status and what the body says. Status 200 is an error in
// the body of a success, or in a stream: the status is taken from its words then.
//
// Codes and parameters count more than words, and words more than the status: providers use
// 400 for nearly everything. Words that nobody knows are one model's: to ask another one that
// refuses too costs little, and not to ask one that would have answered costs the answer.
func Of(status int, e answer.Error) Kind {
	t := read(e)
	if status < 300 {
		if status = t.status(); status == 0 {
			status = http.StatusBadRequest
		}
	}
	switch {
	case status < 400:
		return Redirect
	case status == http.StatusUnauthorized:
		return ""
	case status == http.StatusPaymentRequired:
		return Account
	case status == http.StatusRequestTimeout:
		return Timeout
	case t.tooLong() && (status != http.StatusTooManyRequests || !t.message.has(waitWords)):
		return ContextLength
	}
	switch status {
	case http.StatusTooManyRequests:
		if t.code.has(quotaCodes) || t.message.has(moneyWords) {
			return Account
		}
		return RateLimited
	case StatusFlexCapacity:
		return RateLimited
	case http.StatusRequestEntityTooLarge:
		return ContextLength // for this provider; another one may take it
	case http.StatusConflict, http.StatusLocked, http.StatusFailedDependency, http.StatusTooEarly, StatusClientGone:
		return ServerError
	case http.StatusUnavailableForLegalReasons:
		return Account
	case http.StatusForbidden:
		return t.forbidden()
	case http.StatusNotFound, http.StatusGone:
		return t.notFound()
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusPreconditionFailed:
		return t.refused()
	}
	if status >= 500 {
		if t.code.has(quotaCodes) || t.message.has(moneyWords) {
			return Account
		}
		return ServerError
	}
	return Unsupported // the path and the method are right: this provider does not offer them
}

// A text is one part of an error in lower case.
type text string

func (t text) has(words []string) bool {
	for _, w := range words {
		if strings.Contains(string(t), w) {
			return true
		}
	}
	return false
}

// is reports whether the text is one of the words.
func (t text) is(words []string) bool {
	return slices.Contains(words, string(t))
}

// said is what an error says, in lower case.
type said struct {
	answer.Error
	code, param, value, message text
}

func read(e answer.Error) said {
	lower := func(s string) text { return text(strings.ToLower(s)) }
	return said{
		Error: e,
		code:  lower(" " + e.Code + " " + e.Type + " " + e.Status + " "),
		param: lower(e.Param), value: lower(e.Value), message: lower(e.Message),
	}
}

// Status is the HTTP status that an error in the body of a success stands for; 0 is not known.
func Status(e answer.Error) int { return read(e).status() }

// status is the HTTP status that an error without one stands for; 0 is not known.
func (s said) status() int {
	for _, word := range []string{s.Code, s.Status} {
		if n, err := strconv.Atoi(word); err == nil && n >= 400 && n < 600 {
			return n
		}
	}
	for _, c := range namedStatus {
		if s.code.has(c.names) {
			return c.status
		}
	}
	if s.message.has([]string{"overloaded", "no capacity", "at capacity", "over capacity"}) {
		return StatusOverloaded
	}
	return 0
}

// tooLong reports a prompt that is longer than the model takes.
func (s said) tooLong() bool {
	if s.tooMuchOutput() {
		return false
	}
	if s.code.has(longCodes) || s.message.has(longWords) || s.noRoomLeft() {
		return true
	}
	about := s.param.has([]string{"messages", "input", "prompt", "system"})
	return about && s.code.has([]string{"string_above_max_length"})
}

// noRoomLeft reports a server's own limit on the answer that came out below zero, since the
// prompt takes all room: "max_tokens must be at least 1, got -1000".
func (s said) noRoomLeft() bool {
	_, rest, found := strings.Cut(string(s.message), "max_tokens must be at least 1, got -")
	return found && len(rest) >= 2 && isDigit(rest[0]) && isDigit(rest[1])
}

// countsTooMany reports a sentence in words of its own that counts the tokens of a prompt.
func (s said) countsTooMany() bool {
	if s.message.has([]string{"超"}) && s.message.has([]string{"token", "长度", "上下文"}) {
		return true
	}
	about := s.message.has([]string{"tokens"}) && s.message.has([]string{"prompt", "input", "message", "request", "context"})
	return about && s.message.has(exceedWords) && !s.message.has(outputFields) && !s.message.has(outputNot) && largest(string(s.message)) >= 100
}

// tooMuchOutput reports a limit on the answer that is above what the model can give.
func (s said) tooMuchOutput() bool {
	about := s.message.has(outputFields) || s.param.is(outputParams)
	switch {
	case !about || s.message.has(outputNot):
		return false
	case s.message.has(outputAbove):
		return true
	default:
		return s.message.has(outputExcess) && !s.message.has(promptWords)
	}
}

// forbidden tells apart what comes with 403: the key is the operator's, so that it lacks a
// right is no mistake of the client.
func (s said) forbidden() Kind {
	switch {
	case s.code.has(policyCodes) || s.message.has(policyWords):
		return Policy
	case s.code.has(keyCodes) || s.message.has(keyWords):
		return "" // like 401
	case s.missingModel(http.StatusForbidden):
		return ModelNotFound
	default:
		return Account
	}
}

func (s said) notFound() Kind {
	switch {
	case s.message.has(incapableRoutes):
		return Unsupported
	case s.missingModel(http.StatusNotFound):
		return ModelNotFound
	case s.code.has(accountCodes) || s.message.has(moneyWords) || s.message.has(accessWords):
		return Account
	case s.code.has(heldCodes) || s.message.has(heldWords):
		return ""
	default:
		return Unsupported // this provider does not offer the path
	}
}

// refused tells apart what comes with 400 and 422.
func (s said) refused() Kind {
	switch {
	case s.code.has(keyCodes) || s.message.has(keyWords):
		return "" // like 401
	case s.code.has(policyCodes) || s.message.has(policyWords):
		return Policy
	case s.code.has(quotaCodes) || s.code.has(accountCodes) || s.message.has(moneyWords) || s.message.has(accessWords):
		return Account
	case s.missingModel(http.StatusBadRequest):
		return ModelNotFound
	case s.countsTooMany():
		return ContextLength
	case s.message.has(crashWords):
		return ServerError
	case s.tooMuchOutput() || s.unsupported():
		return Unsupported
	case s.code.has(busyCodes):
		return ServerError
	case s.mistaken() || s.vague():
		return ""
	default:
		return Unsupported
	}
}

// missingModel reports that the provider does not have the model. A 400 about something else,
// such as a missing tool or file, may mention a model in passing, so there the word must come
// early.
func (s said) missingModel(status int) bool {
	if s.code.has(modelCodes) {
		return true
	}
	i := strings.Index(string(s.message), "model")
	if s.code.has([]string{"not_found_error"}) && i >= 0 {
		return true // Anthropic: "model: claude-…"
	}
	names := i >= 0 && (status == http.StatusNotFound || i < 24) || s.message.has([]string{"valid model id", "no endpoints found"})
	return names && s.message.has(missingWords)
}

// unsupported reports that the model, or the server that runs it, does not take something
// that another one may take. A value that nobody takes is the client's mistake.
func (s said) unsupported() bool {
	switch {
	case s.message.has(ownWords):
		return true
	case s.code.has(mistakeCodes) || s.message.has(mistakeWords):
		return false
	case s.code.has(unsupportedCodes):
		return true
	case s.code.has(aboveCodes):
		return !s.param.has(boundedParams) // temperature above 2 is above every model's bound
	case s.message.has(unsupportedWords):
		return true
	case s.message.has(narrowRange) && (s.message.has(boundedParams) || s.param.has(boundedParams)):
		return true
	case s.message.has(choiceWords) && (s.message.has(choiceFields) || s.param.has(choiceFields)):
		return true
	case s.code.has([]string{"string_type"}) && s.param.has([]string{"content"}) && s.value == "":
		return true // parts, where only a text is taken
	case s.message.has([]string{"input should be"}) && known(string(s.value)):
		return true
	}
	return s.message.has(variantWords) && (known(string(s.value)) || known(quotedAfter(string(s.message), variantWords)))
}

// mistaken reports what every model refuses: something that is missing, of another type, out
// of the bounds of all, no JSON, or at odds with the rest of the conversation.
func (s said) mistaken() bool {
	bounded := s.message.has(boundedParams) || s.param.has(boundedParams)
	switch {
	case s.code.has(mistakeCodes) || s.message.has(mistakeWords):
		return true
	case s.message.has([]string{"input should be"}) && s.value != "", s.message.has(variantWords) && (s.value != "" || quotedAfter(string(s.message), variantWords) != ""):
		return true // a value that no API defines
	case s.code.has(aboveCodes), bounded && s.message.has(boundWords):
		return true
	case s.message.has(limitWords) && !bounded:
		return false
	case s.message.has(thingWords) && s.message.has(absentWords):
		return true
	}
	return s.message.has(wrongWords)
}

// known reports a value that the APIs define: a server that does not know it is older or
// simpler than others.
func known(value string) bool {
	for _, prefix := range knownPrefixes {
		if strings.HasPrefix(value, prefix) {
			return true
		}
	}
	return value != "" && text(value).is(knownValues)
}

// quotedAfter returns what stands in the first quotes behind one of the words.
func quotedAfter(message string, words []string) string {
	const quotes = "'`\""
	for _, w := range words {
		_, rest, ok := strings.Cut(message, w)
		if !ok {
			continue
		}
		open := strings.IndexAny(rest, quotes)
		if open < 0 {
			continue
		}
		rest = rest[open+1:]
		if end := strings.IndexAny(rest, quotes); end >= 0 {
			return rest[:end]
		}
	}
	return ""
}

// Vague reports an error that names nothing that could be wrong: neither a field nor a part
// of the request.
func Vague(e answer.Error) bool {
	return read(e).vague()
}

func (s said) vague() bool {
	const most = 48 // characters: a longer one says something
	return s.param == "" && len(s.message) <= most && !s.message.has(namedParts)
}

// Names reports whether the error is about one of the fields, by its parameter or its words.
func Names(e answer.Error, fields ...string) bool {
	s := read(e)
	return s.param.has(fields) || s.message.has(fields)
}
