package extproc

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/structpb"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/config"
	"sluice/routing/header"
	"sluice/routing/llmapi"
)

// Who asks is told, in this order, by a header that the mesh sets, by a claim of a token
// that Envoy has verified, by the client itself where the operator takes its word, and
// by the API key. What any of them says is foreign text: it comes out bounded and
// printable, and two that differ stay two.

// Names that only Sluice gives. A name from outside that begins like one is hashed, so
// that nobody can be called what another's key or a long name comes to.
const (
	namedByKey  = "key-"
	namedByHash = "hash-"
)

// longestName bounds a name, in bytes.
const longestName = 128

// identify takes from the headers who asks, what the configuration lets a client ask
// for, and whose conversation it is.
func identify(rt *config.Runtime, f facts, req *routing.Request) {
	req.Who = principal(&rt.Identity, f, req.Claimed)
	req.Explain = rt.Debug && f.header(header.Debug) == "true"
	if f.header(header.Latency) == header.LatencyRelaxed {
		llmapi.Relax(req)
	}
	for _, name := range rt.AllowHeaders {
		v := f.header(name)
		if v == "" {
			continue
		}
		switch name {
		case header.Strategy:
			req.Strategy = v
		case header.Experiment:
			req.Experiment = v
		}
	}
	for _, name := range rt.EnrolHeaders {
		if v := f.header(name); v != "" {
			if req.Headers == nil {
				req.Headers = make(map[string]string)
			}
			req.Headers[name] = v
		}
	}
	agent.Identify(req, f.header)
}

// principal says who asks. claimed is the user as the body names it.
func principal(id *config.Identity, f facts, claimed string) routing.Principal {
	who := routing.Principal{
		User:   told(id.User, f),
		Key:    keyHash(f.header),
		Team:   told(id.Team, f),
		Tenant: told(id.Tenant, f),
	}
	if who.User == "" && id.User.Client {
		if who.User = name(f.header(header.User)); who.User == "" {
			who.User = name(claimed)
		}
	}
	if who.User == "" && who.Key != "" {
		who.User = namedByKey + who.Key
	}
	return who
}

// told returns the name that the mesh or a verified token gives, "" if neither does.
func told(from config.Source, f facts) string {
	if from.Header != "" {
		if v := name(f.header(from.Header)); v != "" {
			return v
		}
	}
	if from.Claim == "" {
		return ""
	}
	// Each field is the payload of one token, under a name that the filter's configuration chose.
	payloads := f.claims.GetFields()
	for _, key := range slices.Sorted(maps.Keys(payloads)) {
		if v := name(claim(payloads[key].GetStructValue(), from.Claim)); v != "" {
			return v
		}
	}
	return ""
}

// claim returns the text, number or truth at path, "" if there is none. Dots lead into
// objects, but for those that are part of a name: https://example.com/tenant.
func claim(payload *structpb.Struct, path string) string {
	for {
		if v, ok := payload.GetFields()[path]; ok {
			return scalar(v)
		}
		head, rest, dotted := strings.Cut(path, ".")
		if !dotted {
			return ""
		}
		payload, path = payload.GetFields()[head].GetStructValue(), rest
	}
}

// scalar returns a value as text, "" for lists and objects. A whole number beyond 2⁵³
// names nobody: Envoy hands it on as floating point, in which it is the same as the next.
func scalar(v *structpb.Value) string {
	switch v := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		return v.StringValue
	case *structpb.Value_NumberValue:
		if math.Abs(v.NumberValue) <= 1<<53-1 {
			return strconv.FormatFloat(v.NumberValue, 'f', -1, 64)
		}
	case *structpb.Value_BoolValue:
		return strconv.FormatBool(v.BoolValue)
	}
	return ""
}

// name makes a name of foreign text: itself where it is short and printable, else its
// hash, so that what differs only behind the bound does not become one.
func name(text string) string {
	if text == "" || len(text) <= longestName && utf8.ValidString(text) &&
		!strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) &&
		!strings.HasPrefix(text, namedByKey) && !strings.HasPrefix(text, namedByHash) {
		return text
	}
	return namedByHash + hashed("name", text)
}

// keyHash returns the hash of the API key that the client sent, "" if it sent none. The
// key itself goes no further.
func keyHash(get func(string) string) string {
	for _, h := range header.Keys {
		key := strings.TrimSpace(get(h))
		if h == "authorization" {
			scheme, rest, _ := strings.Cut(key, " ")
			if !strings.EqualFold(scheme, "bearer") {
				continue
			}
			key = strings.TrimSpace(rest)
		}
		if key != "" {
			return hashed("key", key)
		}
	}
	return ""
}

// hashed is 128 bits of SHA-256 in hexadecimal. The purpose keeps it from being the same
// as the hash of the same text anywhere else.
func hashed(purpose, text string) string {
	sum := sha256.Sum256([]byte("sluice " + purpose + "\x00" + text))
	return hex.EncodeToString(sum[:16])
}
