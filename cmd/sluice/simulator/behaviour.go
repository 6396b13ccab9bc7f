package simulator

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A Say is what an answer says. Its value is the word of the directive.
type Say string

// What an answer may say. Well answers the prompt as the request asks: with JSON, text or a tool call.
const (
	Well              Say = ""
	Refuse            Say = "refuse"             // the model declines, in text
	StructuredRefusal Say = "structured-refusal" // the same in OpenAI's refusal field; text elsewhere
	PolicyStop        Say = "policy"             // the provider stops: content_filter, refusal
	Truncate          Say = "truncate"           // cut off by length without a limit of the client
	BreakJSON         Say = "broken-json"        // JSON that does not parse
	WrongJSON         Say = "wrong-json"         // JSON that matches no schema with a required property
	FencedJSON        Say = "fenced-json"        // JSON in a code fence after a sentence
	CallTool          Say = "tool"               // calls the first tool; answers well once it has the result
	BadArguments      Say = "bad-arguments"      // calls it with arguments that are not JSON
	Empty             Say = "empty"              // no text at all
	Short             Say = "short"              // one word
	Repeat            Say = "repeat"             // the same sentence many times
	Big               Say = "big"                // Bytes bytes of text
	Given             Say = "say"                // Text, or calls the first tool with it where the request requires a call
	ErrorIn200        Say = "error-in-200"       // an error object under status 200
)

// A Behaviour is how one request is answered. The zero value answers well, at once.
type Behaviour struct {
	Say Say
	// Status, if not 0, is that of an error response instead of an answer. ContextLength makes
	// it the error for a prompt that is too long.
	Status        int
	ContextLength bool
	// Confidence is the probability of each token if logprobs are requested; 0 means 0.97.
	Confidence float64
	// Text is what Given says. Tool, if set, is the tool that Given calls with Text as its
	// arguments, whether the request offers it or not.
	Text, Tool string
	// Bytes is the length of the text of Big, at most 64 MiB.
	Bytes int
	// Gzip compresses the answer even if the client does not accept it.
	Gzip bool
	// Expire leaves a request of a batch unanswered until the batch expires. It has no effect
	// outside batches.
	Expire bool

	// Below, an event is an event of a stream, or an eighth of a body that is not streamed.
	// Events are counted from 1.

	// Delay is the time before the response headers, Drip that before every event.
	Delay, Drip time.Duration
	// Hang never sends headers. After that many events Stall sends nothing more and Cut closes
	// the connection; 0 is never.
	Hang       bool
	Stall, Cut int
	// Gate, if set, is called with 0 before the headers and with n before event n. The answer
	// continues when it returns; it must return when the context ends.
	Gate func(ctx context.Context, n int)
}

// directive matches one [[model: words]] of a prompt.
var directive = regexp.MustCompile(`\[\[([^\[\]]{1,200}):([^\[\]:]{0,200})\]\]`)

// Directed returns the behaviour that the directives in prompt ask of model, such as
//
//	Prove it. [[llama-3.2-3b: refuse]] [[gpt-4o-mini: 503]] [[claude-*: drip=50ms]]
//
// A model may end in an asterisk, which matches any ending. The first directive for the
// model counts. Its words may be combined: a [Say] ("big=1000000" gives Bytes,
// "say=The+answer%3A+42" a percent-encoded Text), a status from 400 to 599, "context",
// "confidence=0.3", "gzip", "expire", "delay=2s", "drip=50ms", "hang", "stall=3", "cut=3", and
// "ok", which changes nothing. Any other word is an error.
func Directed(model, prompt string) (Behaviour, error) {
	for _, d := range directive.FindAllStringSubmatch(prompt, -1) {
		name := strings.TrimSpace(d[1])
		prefix, wild := strings.CutSuffix(name, "*")
		if name != model && (!wild || !strings.HasPrefix(model, prefix)) {
			continue
		}
		var b Behaviour
		for word := range strings.FieldsSeq(d[2]) {
			if err := b.set(word); err != nil {
				return Behaviour{}, fmt.Errorf("directive for %q: %w", name, err)
			}
		}
		return b, nil
	}
	return Behaviour{}, nil
}

// set adds one word of a directive.
func (b *Behaviour) set(word string) error {
	key, value, _ := strings.Cut(word, "=")
	var err error
	switch key {
	case "ok":
	case "context":
		b.Status, b.ContextLength = http.StatusBadRequest, true
	case "confidence":
		if b.Confidence, err = strconv.ParseFloat(value, 64); err == nil && !(b.Confidence > 0 && b.Confidence <= 1) {
			err = fmt.Errorf("%q is not above 0 and at most 1", value)
		}
	case string(Big):
		b.Say = Big
		if b.Bytes, err = strconv.Atoi(value); err == nil && (b.Bytes < 0 || b.Bytes > maxBody) {
			err = fmt.Errorf("%q is not from 0 to %d", value, maxBody)
		}
	case string(Given):
		b.Say = Given
		b.Text, err = url.QueryUnescape(value)
	case "gzip":
		b.Gzip = true
	case "expire":
		b.Expire = true
	case "delay":
		b.Delay, err = time.ParseDuration(value)
	case "drip":
		b.Drip, err = time.ParseDuration(value)
	case "hang":
		b.Hang = true
	case "stall":
		b.Stall, err = strconv.Atoi(value)
	case "cut":
		b.Cut, err = strconv.Atoi(value)
	default:
		switch say := Say(key); say {
		case Refuse, StructuredRefusal, PolicyStop, Truncate, BreakJSON, WrongJSON, FencedJSON, CallTool, BadArguments, Empty, Short, Repeat, ErrorIn200:
			b.Say = say
		default:
			if b.Status, err = strconv.Atoi(key); err != nil || b.Status < 400 || b.Status > 599 {
				return fmt.Errorf("unknown word %q", word)
			}
		}
	}
	if err != nil {
		return fmt.Errorf("%q: %w", word, err)
	}
	return nil
}
