package classify

import "unicode/utf8"

// Unknown is the language of a text without letters, or in a script this package cannot name.
const Unknown = "unknown"

// Bounds of the language head. A sentence decides; the rest of a long text adds nothing.
const (
	gramBits   = 14
	gramRows   = 1 << gramBits
	gramLanes  = lanes
	maxGrams   = 1024
	fewLetters = 80   // letters of the dominant script that are read first; mostly they decide
	maxLetters = 224  // letters read where they do not
	sureEnough = 0.99 // probability at which the first letters decide
	wideLetter = 4    // Latin letters that a Hangul, Han or kana character outweighs: English names are common beside them, the reverse is rare
)

// gramLanguages are the languages that share a script with another one, told apart by n-grams. The
// order is that of the lanes of the weights: append only.
var gramLanguages = [...]struct {
	code   string
	script script
}{
	{"en", scriptLatin},
	{"es", scriptLatin},
	{"fr", scriptLatin},
	{"de", scriptLatin},
	{"it", scriptLatin},
	{"pt", scriptLatin},
	{"id", scriptLatin},
	{"vi", scriptLatin},
	{"tr", scriptLatin},
	{"pl", scriptLatin},
	{"nl", scriptLatin},
	{"sv", scriptLatin},
	{"cs", scriptLatin},
	{"fi", scriptLatin},
	{"hu", scriptLatin},
	{"ro", scriptLatin},
	{"da", scriptLatin},
	{"ru", scriptCyrillic},
	{"uk", scriptCyrillic},
	{"bg", scriptCyrillic},
	{"ar", scriptArabic},
	{"fa", scriptArabic},
}

// scriptLanguage names the language of a script that only one language here uses.
var scriptLanguage = [numScripts]string{
	scriptGreek:      "el",
	scriptHebrew:     "he",
	scriptDevanagari: "hi",
	scriptBengali:    "bn",
	scriptArmenian:   "hy",
	scriptGeorgian:   "ka",
	scriptGurmukhi:   "pa",
	scriptGujarati:   "gu",
	scriptTamil:      "ta",
	scriptTelugu:     "te",
	scriptHangul:     "ko",
	scriptThai:       "th",
	scriptKana:       "ja",
	scriptHan:        "zh",
}

// Language is the language a text is written in.
type Language struct {
	Code       string  // ISO 639-1, or Unknown
	Confidence float32 // 0..1
}

// dominant picks the script of what the person wrote: the one with most letters outside code, a wide character
// counting for more than one. Han with kana is Japanese.
func (c *counts) dominant() (sc script, share float32) {
	letters := &c.prose
	total := int32(0)
	for _, n := range letters {
		total += n
	}
	if total == 0 {
		letters = &c.letters
	}
	var sum, best float32
	for i := scriptLatin; i < numScripts; i++ {
		w := float32(letters[i])
		if i == scriptHangul || i == scriptHan || i == scriptKana {
			w *= wideLetter
		}
		sum += w
		if w > best {
			sc, best = i, w
		}
	}
	if sum == 0 {
		return scriptNone, 0
	}
	if han, kana := letters[scriptHan], letters[scriptKana]; sc == scriptHan || sc == scriptKana {
		both := float32(han+kana) * wideLetter
		if kana*12 >= han {
			return scriptKana, both / sum
		}
		return scriptHan, both / sum
	}
	return sc, best / sum
}

// gramLanguage reports whether n-grams must tell the languages of the script apart.
func (s script) gramLanguage() bool {
	return s == scriptLatin || s == scriptCyrillic || s == scriptArabic
}

// LanguageRows returns the n-grams of the text last read by Prompt as rows below NumGramRows, in order and with
// repetitions, and the lanes from first to before end of the languages that share its script. There are none if the
// script alone decides. The rows are valid until the next text.
func (f *Features) LanguageRows(text string) (rows []uint32, first, end int) {
	sc, _ := f.scan.dominant()
	if !sc.gramLanguage() {
		return nil, 0, 0
	}
	first, end = scriptLanes(sc)
	f.collectGrams(text, sc, maxLetters)
	return f.grams, first, end
}

// collectGrams gathers the n-grams of so many letters of a script, from prose if there is any. It reports whether the
// letters ran out before the text did.
func (f *Features) collectGrams(text string, sc script, letters int) (more bool) {
	f.grams = f.grams[:0]
	if f.scan.nspans == 0 {
		head, _ := bounds(text, headBytes, tailBytes)
		return f.gramSpan(head, sc, letters) == 0
	}
	for i := 0; i < f.scan.nspans && letters > 0; i++ {
		sp := f.scan.spans[i]
		letters = f.gramSpan(text[sp.from:sp.to], sc, letters)
	}
	return letters == 0
}

// NumGramRows and NumGramLanes are the size of the language head's table, for the trainer.
const (
	NumGramRows  = gramRows
	NumGramLanes = gramLanes
)

// GramLane returns the lane of a language that n-grams tell apart, and false for the others.
func GramLane(code string) (int, bool) {
	for i := range gramLanguages {
		if gramLanguages[i].code == code {
			return i, true
		}
	}
	return 0, false
}

// scriptLanes returns the lanes from first to before end of the languages that share a script.
func scriptLanes(sc script) (first, end int) {
	first = -1
	for i := range gramLanguages {
		if gramLanguages[i].script == sc {
			if first < 0 {
				first = i
			}
			end = i + 1
		}
	}
	return max(first, 0), end
}

func (f *Features) gram(h uint32) {
	if len(f.grams) < maxGrams {
		f.grams = append(f.grams, h*hashSpread>>(32-gramBits))
	}
}

// gramSpan collects the n-grams of the words of one script, two to four letters long with the words' edges, and
// the words themselves. It returns how many letters are left to read.
func (f *Features) gramSpan(t string, sc script, left int) int {
	const edge = ' '
	var a, b, c uint32 // the last three letters, newest first; 0 before a word
	var word uint32
	flush := func() {
		if a == 0 {
			return
		}
		f.push(edge, a, b, c)
		f.gram(word ^ seedPrefix)
		a, b, c = 0, 0, 0
	}
	for i := 0; i < len(t) && left > 0; {
		ch := t[i]
		var r uint32
		switch byteClass[ch] {
		case byteLower:
			if sc != scriptLatin {
				i++
				flush()
				continue
			}
			r = uint32(ch)
			i++
		case byteUpper:
			if sc != scriptLatin {
				i++
				flush()
				continue
			}
			r = uint32(ch) | 0x20
			i++
		case byteHigh:
			ru, size := utf8.DecodeRuneInString(t[i:])
			i += size
			if scriptOf(ru) != sc {
				if ru >= 0x0300 && ru < 0x0370 {
					continue
				}
				flush()
				continue
			}
			r = uint32(fold(ru))
		default:
			i++
			flush()
			continue
		}
		if a == 0 {
			word = seedWord
			a = edge
		}
		f.push(r, a, b, c)
		word = (word ^ r) * hashPrime
		a, b, c = r, a, b
		left--
	}
	flush()
	return left
}

// push records the n-grams that end in letter r after a, b and c.
func (f *Features) push(r, a, b, c uint32) {
	pair := mix(seedPair, a, r)
	f.gram(pair)
	if b != 0 {
		triple := mix(seedTriple, pair, b)
		f.gram(triple)
		if c != 0 {
			f.gram(mix(seedBigram, triple, c))
		}
	}
}
