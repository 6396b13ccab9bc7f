package verdict

import (
	"strings"

	"sluice/routing/lexicon"
)

// An English refusal consists of an inability ("I'm not able to") and a deed ("provide"). It is
// at the beginning of the text or within openerReach of an opener that announces it ("I'm
// sorry, but").

// openerReach is the maximum distance between an opener and the refusal, in bytes.
const openerReach = 240

var openers = []string{
	"i'm sorry", "i am sorry", "i'm really sorry", "i'm very sorry", "i'm so sorry", "sorry",
	"i apologize", "i apologise", "i do apologize", "my apologies", "apologies",
	"unfortunately", "regrettably", "i regret", "i'm afraid", "i am afraid",
	"as an ai", "as an artificial", "as a language model", "as a large language model",
	"as a responsible", "as an assistant", "as a helpful",
	"i'm just an ai", "i am just an ai", "i'm an ai", "i am an ai", "i'm a large language model",
	"no, ", "i understand", "i appreciate", "i must", "while i ", "although i ", "i'm here to",
}

// inabilities must be followed by a deed; outright refusals are sufficient on their own.
var inabilities = []string{
	"i cannot", "i can't", "i can not", "i'm unable to", "i am unable to", "i'm not able to", "i am not able to",
	"i won't", "i will not", "i won't be able to", "i will not be able to", "i would not be able to", "i wouldn't be able to",
	"i'm not going to", "i am not going to", "i'm not allowed to", "i am not allowed to",
	"i'm not permitted to", "i am not permitted to", "i'm not programmed to", "i am not programmed to",
	"i'm not designed to", "i am not designed to", "i don't have the ability to", "i do not have the ability to",
	"i'm not in a position to", "i am not in a position to", "i'm not equipped to", "i am not equipped to",
	"it's not appropriate for me to", "it is not appropriate for me to", "it would not be appropriate for me to",
	"it's not possible for me to", "it is not possible for me to",
	"it's not appropriate or ethical to", "it is not appropriate or ethical to",
	"it's not appropriate or safe to", "it is not appropriate or safe to",
}

var outright = []string{
	"i must decline", "i have to decline", "i respectfully decline", "i must refuse", "i have to refuse",
	"i must respectfully decline", "i politely decline", "i refuse to",
	"i'm not comfortable", "i am not comfortable", "i don't feel comfortable", "i do not feel comfortable",
	"i don't think it's appropriate", "i do not think it is appropriate", "i don't think it would be appropriate",
	"i don't think i can help", "i don't think i can assist",
	"that's not something i can", "that is not something i can", "this is not something i can",
	"this isn't something i can", "that isn't something i can",
	"your request violates", "this request violates", "your request goes against", "this request goes against",
}

var adverbs = []string{
	"really", "actually", "directly", "just", "ethically", "in good conscience", "legally", "morally", "fully",
	"currently", "personally", "knowingly", "be able to",
}

var deeds = []string{
	"access", "accommodate", "advise", "aid", "answer", "assist", "browse", "comply", "condone", "continue with", "create",
	"discuss", "do that", "do this", "do so", "encourage", "endorse", "engage", "entertain",
	"facilitate", "fulfil", "fulfill", "generate", "give advice", "give you", "give instructions", "give information",
	"help", "offer", "participate", "process this", "process your", "produce", "promote", "provide",
	"respond to", "role-play", "roleplay", "satisfy", "share", "suggest", "support", "write",
}

// helpless are words after "can't help" that give it another meaning.
var helpless = []string{"but", "noticing", "wondering", "feeling", "thinking", "myself", "it", "smiling"}

// englishRefusal judges normalized text.
func englishRefusal(text string, whole bool) Finding {
	f := refusesAt(text, whole)
	if f != Complies {
		return f
	}
	_, opened, partly := longest(text, openers)
	switch {
	case partly && !whole:
		return Open
	case !opened:
		return Complies
	}
	for i := 1; i < len(text) && i <= openerReach; i++ {
		if text[i-1] != ' ' {
			continue
		}
		if f := refusesAt(text[i:], whole); f != Complies {
			return f
		}
	}
	if whole || len(text) > openerReach {
		return Complies
	}
	return Open
}

// refusesAt judges a refusal at the beginning of text.
func refusesAt(text string, whole bool) Finding {
	_, declines, partly := longest(text, outright)
	rest, cannot, more := longest(text, inabilities)
	switch {
	case !whole && (partly || more):
		return Open
	case declines:
		return Refuses
	case !cannot:
		return Complies
	}
	rest = strings.TrimPrefix(rest, " ")
	after, found, partly := longest(rest, adverbs)
	if partly && !whole {
		return Open
	}
	if found {
		rest = strings.TrimLeft(after, ", ")
	}
	after, found, partly = longest(rest, deeds)
	switch {
	case partly && !whole:
		return Open
	case !found:
		return Complies
	case !strings.HasSuffix(rest[:len(rest)-len(after)], "help"):
		return Refuses
	}
	after = strings.TrimPrefix(after, " ")
	_, found, partly = longest(after, helpless)
	switch {
	case partly && !whole:
		return Open
	case found:
		return Complies
	}
	return Refuses
}

// longest finds the longest of the phrases that text begins with, as whole words, and returns
// the rest. partly is true if more text could make a longer phrase match.
func longest(text string, phrases []string) (rest string, found, partly bool) {
	best := 0
	for _, p := range phrases {
		switch {
		case len(text) <= len(p):
			partly = partly || strings.HasPrefix(p, text)
			if text == p {
				found, best = true, len(p)
			}
		case text[:len(p)] == p && len(p) > best && (p[len(p)-1] == ' ' || !lexicon.IsWord(text[len(p)])):
			found, best = true, len(p)
		}
	}
	return text[best:], found, partly
}
