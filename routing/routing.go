// Package routing decides which model answers a request.
//
// It knows models, tiers and prices; it does not know Envoy, gRPC or HTTP. Start here for
// requests and decisions, then read router.go: [Router.Route] turns a [Request] into a
// [Decision]. model.go has the models, effort.go their reasoning efforts, price.go what they
// cost. The packages below routing read provider bodies (llmapi), describe a request
// (signal), choose models (policy), judge answers (verdict), load the configuration (config)
// and carry out the life of a request (pipeline).
package routing

import (
	"encoding/json"
	"time"
)

// A TurnKind says what a request is in its conversation.
type TurnKind uint8

// The kinds of turns. A decision is made at a human turn and kept by the others.
const (
	HumanTurn     TurnKind = iota // a person wrote last
	Continuation                  // results of the tools that the last answer called
	Auxiliary                     // what a harness asks for itself: titles, summaries, compaction
	SubagentStart                 // an agent hands work to another
	Preflight                     // asks whether a model is there, or how long a prompt is
)

var turnNames = [...]string{"human", "continuation", "auxiliary", "subagent_start", "preflight"}

// String returns the name used in explanations and metric labels.
func (k TurnKind) String() string { return nameOf(k, turnNames[:]) }

// Stage describes the progress of an agent, read from the last few tool calls and their
// results. The zero value is no agent at work.
type Stage struct {
	Calls      int  // tool calls looked at
	Total      int  // tool calls in the history
	Failures   int  // results among them that failed
	Severe     bool // a failure that a weak model is unlikely to overcome
	Repeated   bool // the same failure or the same call more than once in this turn
	Trouble    int  // how many of the last tool calls it takes to show one of the two above; 0 is neither
	Passing    bool // tests ran and passed after something was changed
	Editing    bool // files were written or edited
	Exploring  bool // only reading and searching, for many calls
	Compaction bool // the harness has just replaced the history by a summary
	Continuing bool // the agent is within a turn that began earlier
}

// An Assignment is the variant of an experiment that a request gets. The zero value is none.
type Assignment struct {
	Experiment string
	Variant    string
	Unit       string // the user, session or key that keeps the variant; not for logs
}

// Past is what a session holds of a conversation. The zero value is a new conversation.
type Past struct {
	Model    string        // that the conversation stays with
	Answered string        // that answered last; "" is Model
	Tokens   int           // of the last request: what the provider's prompt cache may hold
	Idle     time.Duration // since then
	Raised   int           // tool calls that the history had when bad work last led to a stronger model; 0 is never
	// Assigned is the assignment that the conversation began with.
	Assigned Assignment
}

// A Principal is who makes a request, by what the mesh or Envoy has verified and the
// operator's configuration says. "" is unknown.
type Principal struct {
	User   string
	Key    string // hash of the client's API key
	Team   string
	Tenant string
}

// An Allowance is what the budgets leave to a request. The zero value is no restriction.
type Allowance struct {
	Exhausted bool // only the budget tier
	Capped    bool // nothing above the standard tier
	BuiltIn   bool // only the built-in default budget restricts it, see [Decision.Literal]
}

// A Request is what Sluice knows of one client request. Package llmapi reads it from a body;
// the caller adds who asks, the headers for Sluice and what the stores know. Policies read it
// and do not change it.
type Request struct {
	API       API
	Model     string       // requested by the client
	Prompt    string       // what a person wrote in the last human turn, harness wrappers removed
	Messages  int          // in the conversation, of every role
	Turns     int          // human turns among them
	Stream    bool         // the client wants server-sent events
	MaxTokens int          // the client's own limit on the answer; 0 is none
	Highest   int          // its highest limit, where it sets a higher one beside MaxTokens: servers differ in which one they obey; 0 is none
	Answers   int          // answers that are paid for: n, best_of, times prompts; 0 is one
	Affords   int          // tokens of an answer that the budgets have money for; 0 is any number
	Stops     bool         // the client set sequences at which the answer stops
	Needs     Capabilities // what the answering model must be able to do
	Schema    []byte       // JSON schema the answer must satisfy; nil if none was given
	Offered   ToolNames    // the tools that the answer may call; none if tool_choice forbids it
	Forced    bool         // the answer must call a tool: tool_choice leaves no other
	Bytes     int          // size of the body
	Tokens    int          // estimated tokens of the body; 0 is not estimated

	System   bool // a system prompt instructs the model
	Kind     TurnKind
	Before   string // what the person wrote in the turns before, newest last, where Prompt is too short to stand alone
	Stage    Stage
	Signed   bool   // the history carries signed thinking or encrypted reasoning of whoever answered
	Signer   string // family of models that it shows to have signed it; "" is not known
	Thought  bool   // so do the answers since a person wrote last
	Speaks   string // language that earlier turns ask for: ISO 639-1, "" for none, "?" if that is unclear
	Reply    string // the beginning of the last answer before the prompt; both are "" where there is a system prompt
	Results  bool   // the last message is the result of a tool
	OpenCall bool   // a tool call of the last answer is still without its result
	Owner    string // previous_response_id, conversation or previous_message_id: only who answered before can go on
	Thread   bool   // the provider is to keep the conversation, or keeps it already (Owner): Anthropic's threads, Responses unless told otherwise
	Session  string // identity of the conversation, a hash; "" if it cannot be told
	Lane     string // which of the conversation's lines of work this is: requested model and agent
	Named    string // the conversation's id as the body gives it, "" if it gives none; not for logs
	Opening  uint64 // hash of what the conversation began with: system prompt and first human turn

	// ModelStart and ModelEnd bound the JSON value of "model" in the body, quotes included.
	ModelStart, ModelEnd int

	Layout Layout

	Past    Past    // the conversation's last decision
	Binding Binding // which models can go on with the conversation; the router sets it
	Explain bool    // the decision lists every candidate that was considered

	// IncludeUsage is what the client says of stream_options.include_usage, and
	// StreamOptions where that stands; see llmapi.Ask.
	IncludeUsage  bool
	StreamOptions Span        // the value of include_usage, or the empty place inside stream_options for it, before them where they are no object; zero where there are none
	ServiceTier   ServiceTier // requested by the client; "" is none in particular
	ServiceSpan   Span        // its JSON value; zero if none was given

	OwnEffort bool // the client sets the effort itself, or switches thinking off
	Steered   bool // Anthropic: the client sets something that thinking models refuse, such as a temperature
	// LimitSpan is the JSON value of the client's limit on the answer, of endpoints that are
	// routed; zero if it is not a plain number, or if both names of it are given. LimitKey is the
	// name that it has in Chat Completions, "" if it is written in another way.
	LimitSpan   Span
	LimitKey    LimitKey
	ThinkBudget int // the client's own thinking.budget_tokens, which must be below the limit; 0 is none

	ID         string            // request id, for logs and headers
	Claimed    string            // the user that the body names, unverified
	Who        Principal         // by the configuration
	Strategy   string            // requested strategy, "" for the configured one
	Experiment string            // requested experiment, "" for the configured one
	Headers    map[string]string // that experiments select by; names in lower case
	Relaxed    bool              // the answer may take its time
	Allowance  Allowance         // what the budgets leave
}

// A Span is a part of a body, in bytes; the zero value is none.
type Span struct{ Start, End int }

// A Layout is where the parts of a body are that the cache and the compression need, so that
// they need not read the body again. It is empty for endpoints that are not routed. Members
// are parts of the body itself: they are valid until the body is edited.
type Layout struct {
	Members []Member // of the body's object, in their order, those given twice included; nil if there are too many
	Texts   []Span   // the plain texts of the user's last message, without their quotes; none if a cache breakpoint covers them
	Remote  bool     // a message shows something by its address: an image or file whose content is not in the body
}

// A Member is one member of a JSON object.
type Member struct {
	Key   []byte // decoded
	Value []byte // as it stands in the body
}

// Need says how strong a model a request needs: the probability that it takes at least the
// tier for a demanding reader to accept the answer. None is larger than the one before it.
type Need struct {
	Standard float64 `json:"standard"`
	Premium  float64 `json:"premium"`
	Flagship float64 `json:"flagship"`
}

// Signals are the facts about a request that a decision is based on.
type Signals struct {
	Words  int  `json:"words"`  // white-space separated words of the prompt
	Tokens int  `json:"tokens"` // estimated tokens of the whole request
	Code   bool `json:"code"`   // the prompt contains code
	Math   bool `json:"math"`   // the prompt contains mathematical notation
	Turns  int  `json:"turns"`
	Tools  bool `json:"tools"`
	Images bool `json:"images"`
	JSON   bool `json:"json"` // the answer must be JSON

	Turn     string `json:"turn"`               // kind of turn
	Language string `json:"language,omitempty"` // of the prompt, ISO 639-1; "" is not determined
	Need     Need   `json:"need,omitzero"`      // how strong a model the prompt needs, by the learned scorer
	Stage    string `json:"stage,omitempty"`    // up, if an agent needs a stronger model
}

// Considered is a candidate that a decision looked at, and what became of it.
type Considered struct {
	Model   string  `json:"model"`
	Tier    Tier    `json:"tier"`
	Cost    float64 `json:"estimated_cost_usd"`
	Outcome string  `json:"outcome"` // chosen, behind, or why it was left out
}

// A Decision says which models may answer a request, in order, and why.
type Decision struct {
	Strategy      string     `json:"strategy"`
	Model         string     `json:"model"`            // the first candidate's, as [Model.Base] calls it once the router has decided
	Effort        Effort     `json:"effort,omitempty"` // at which it is asked
	Tier          Tier       `json:"tier"`
	Domain        string     `json:"domain"`
	Complexity    float64    `json:"complexity"` // 0..1: by the learned scorer the share of ordinary traffic that is easier
	Reason        string     `json:"reason"`
	Rule          Rule       `json:"rule"` // the kind of reason, one of a closed set
	EstimatedCost float64    `json:"estimated_cost_usd"`
	Candidates    []*Model   `json:"-"`
	Fixed         bool       `json:"-"` // no other model may stand in for a weak answer
	Literal       bool       `json:"-"` // by a published strategy, which the built-in default budget does not restrict
	Assigned      Assignment `json:"-"`
	Agreement     *Agreement `json:"agreement,omitempty"` // check by a second model; nil is none
	Signals       Signals    `json:"signals"`

	// Considered is filled if the request asks for an explanation.
	Considered []Considered `json:"considered,omitempty"`
}

// An Agreement is a check by a second model: the first candidate's answer is held until
// Probe, another cheap model, has given the same answer. If it gives another, Strong answers.
type Agreement struct {
	Probe   *Model
	Strong  *Model
	Cost    float64 // expected of all three, in US dollars
	Instead float64 // of starting at the next tier
}

// MarshalJSON renders the models by their names.
func (a *Agreement) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"probe": a.Probe.Name, "strong": a.Strong.Name, "expected_cost_usd": a.Cost, "instead_of_usd": a.Instead,
	})
}

// A Rule is the kind of reason that a decision has: a closed set, fit for metric labels.
type Rule string

// The rules.
const (
	ByComplexity Rule = "complexity"       // the prompt's complexity asked for the tier
	ByDomain     Rule = "domain"           // a model of the prompt's domain was preferred
	ByBudget     Rule = "budget_exhausted" // little is left to spend
	ByCap        Rule = "budget_capped"    // too little of the budget is left for the stronger tiers
	ByCascade    Rule = "cascade"          // always the same models in the same order
	ByExperiment Rule = "experiment"       // the user's variant
	ByRequest    Rule = "requested"        // the client named the model
	ByLength     Rule = "long_input"       // the input is long
	BySession    Rule = "session"          // the conversation stays with its model
	ByStage      Rule = "stage"            // an agent makes no progress
	ByAuxiliary  Rule = "auxiliary"        // an auxiliary or preflight request: the cheapest model is good enough
	ByOwner      Rule = "owner"            // only the provider that answered before can go on
)

// A Policy is one way of deciding. Decide is pure: it does no I/O, keeps no state
// and may be called from many goroutines. It returns the candidates it would like, in
// order, and leaves to [Router] which of them can serve the request.
type Policy interface {
	Decide(*Request) Decision
}

// A Checker decides which decisions a second model checks. Like a [Policy] it is pure. fits
// reports whether a model can serve the request and the budgets allow it. The result is nil
// for decisions that are not checked.
type Checker interface {
	Check(r *Request, d *Decision, fits func(*Model) bool) *Agreement
}

// A Trial enrols requests in experiments. Like a [Policy] it is pure.
type Trial interface {
	// Enrol returns the assignment of the request and the model of its variant; nil for a
	// request that takes no part.
	Enrol(*Request, *Decision) (Assignment, *Model)
}
