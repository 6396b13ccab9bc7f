package classify

import (
	"math/bits"
	"unicode/utf8"
)

// How much of a text is read. Beyond headBytes+tailBytes only the beginning and the end count:
// instructions stand there, and the time for one text stays bounded whatever its length.
const (
	headBytes = 1792
	tailBytes = 768

	tableBits = 16             // rows of the sparse table: 1 << tableBits
	tableRows = 1 << tableBits // 8 lanes of one byte each: 512 KiB

	prefixRunes = 5 // words longer than this are also seen by their beginning, in place of a stemmer

	responseHead = 600 // characters of an answer that are read, from its beginning
	responseTail = 200 // and from its end

	maxSpans    = 12   // of prose lines
	maxTokens   = 640  // of the head: more than any prose of its size has
	maxTail     = 256  // tokens of the tail
	maxFeatures = 4096 // distinct sparse features of one text, at most
	headTokens  = 8    // the first tokens are features of their own: "write", "summarize", "def"
	tailTokens  = 12   // and so are the last
	zoneTokens  = 24   // keyword groups are counted over the whole text and in these first and last tokens
)

// Seeds keep the kinds of feature apart in the one hash space.
const (
	seedWord   = 0x811C9DC5 // FNV-1a's offset basis
	seedPrefix = 0x3C6EF372
	seedBigram = 0x9E3779B9
	seedHead   = 0x7F4A7C15
	seedHead2  = 0x1B873593
	seedTail   = 0x5BD1E995
	seedPunct  = 0x2545F491
	seedNumber = 0x6C8E9CF5
	seedPair   = 0x165667B1 // two neighbouring characters of an unspaced script or of a Korean word
	seedTriple = 0x27D4EB2F

	hashPrime  = 0x01000193 // FNV-1a's prime
	hashSpread = 0x9E3779B1 // Knuth's multiplicative hashing: the upper bits are the ones to use
)

// Byte classes of the scanner's main switch.
const (
	byteSpace = iota
	byteNewline
	byteDigit
	byteLower
	byteUpper
	bytePunct
	byteHigh // first or continuation byte of a longer rune
)

var byteClass = func() (t [256]uint8) {
	for i := range t {
		c := byte(i)
		switch {
		case c == '\n':
			t[i] = byteNewline
		case c <= ' ' || c == 0x7F:
			t[i] = byteSpace
		case c >= '0' && c <= '9':
			t[i] = byteDigit
		case c >= 'a' && c <= 'z':
			t[i] = byteLower
		case c >= 'A' && c <= 'Z':
			t[i] = byteUpper
		case c < 0x80:
			t[i] = bytePunct
		default:
			t[i] = byteHigh
		}
	}
	return t
}()

// scan is everything that one pass over a text collects: its distinct sparse features and the counters
// behind the hand-made ones. It is reused from text to text and belongs to one goroutine at a time.
type scan struct {
	seen     [tableRows / 64]uint64
	features []uint32 // distinct rows of the sparse table, in order of appearance

	counts
}

// counts are the counters of a scan, all zero before it.
type counts struct {
	textBytes int // of the whole text, read or not
	readBytes int

	tokens    int
	words     int // of spaced scripts
	wordRunes int
	numbers   int
	digits    int
	longWords int // of ten letters and more
	title     int // words with an upper-case first letter
	allCaps   int // words of two letters and more in upper case
	camel     int // camelCase words
	snake     int // snake_case words
	letters   [numScripts]int32
	prose     [numScripts]int32 // letters outside code
	ascii     [128]int          // punctuation by character
	mathRunes int               // ∑, ≤, →, superscripts and the like
	quotes    int               // typographic quotation marks
	fences    int               // ``` marks
	latex     int               // \frac and the like
	codeRuns  int               // (), =>, ==, ::, -> and other runs of punctuation that code has and prose has not
	questions int               // question marks, in any script
	sentences int               // full stops and the like before a space, in any script

	lines      int // with text
	blankLines int
	indented   int // lines that begin with two spaces or a tab
	codeEnds   int // lines that end in ; { } or )
	bullets    int // lines that begin with a list mark
	options    int // lines like "A. ..." or "(B) ..."
	colonEnds  int // lines that end in a colon
	longest    int // bytes of the longest line
	asking     int // bytes of the lines that are neither options nor list items: what is asked, and its setting
	firstLine  int // bytes of the first line with text
	lastLine   int // bytes of the last line with text
	firstColon bool
	lastMark   rune // the last character that is no space
	inFence    bool
	inTail     bool

	groups    [numGroups]uint16 // keyword hits over the whole text
	headGroup [numGroups]uint16 // in the first zoneTokens tokens
	tailGroup [numGroups]uint16 // in the last zoneTokens tokens

	tokenRing [tailTokens]uint32
	groupRing [zoneTokens]uint64

	prev        uint32 // hash of the last token; 0 after a break
	char1       uint32 // the last two characters of a run without spaces, newest first
	char2       uint32
	lineStart   int
	lineText    int // offset of the line's first character that is no space, -1 before it
	lineLast    byte
	lineCode    int               // characters of the line that code has more of than prose
	lineWords   int               // words of the line
	lineKey     bool              // the line begins with a word of a programming language
	lineStops   int               // sentences before the line
	lineMarks   int               // options and list items before the line
	lineLetters [numScripts]int32 // letters of the line
	lineScripts uint32            // a bit for each script of the line

	spans  [maxSpans]span // lines of prose in the head, neighbours joined
	nspans int
}

// span is a piece of text, from its offset from to before its offset to.
type span struct{ from, to int }

// reset makes the scan ready for another text. Only the touched words of the bitmap are cleared.
func (s *scan) reset() {
	for _, row := range s.features {
		s.seen[row>>6] = 0
	}
	s.features = s.features[:0]
	s.counts = counts{}
}

// add records one sparse feature.
func (s *scan) add(h uint32) {
	row := h * hashSpread >> (32 - tableBits)
	word, bit := row>>6, uint64(1)<<(row&63)
	if s.seen[word]&bit != 0 || len(s.features) >= maxFeatures {
		return
	}
	s.seen[word] |= bit
	s.features = append(s.features, row)
}

// mix joins two hashes, order kept.
func mix(seed, a, b uint32) uint32 {
	h := (seed ^ a) * 0x85EBCA6B
	h ^= h >> 15
	h = (h ^ b) * 0xC2B2AE35
	return h ^ h>>13
}

// run scans the head and the tail of a text.
func (s *scan) run(text string, headBytes, tailBytes int) {
	s.reset()
	s.textBytes = len(text)
	head, tail := bounds(text, headBytes, tailBytes)
	s.readBytes = len(head) + len(tail)
	s.segment(head, maxTokens)
	if tail != "" {
		s.prev, s.char1, s.char2, s.inTail = 0, 0, 0, true
		s.segment(tail, maxTail)
	}
	for i := 0; i < min(s.tokens, tailTokens); i++ {
		s.add(s.tokenRing[i] ^ seedTail)
	}
	for i := 0; i < min(s.tokens, zoneTokens); i++ {
		for g := s.groupRing[i]; g != 0; g &= g - 1 {
			s.tailGroup[bits.TrailingZeros64(g)]++
		}
	}
}

// token records a token with its sparse features but the ones inside it, and its keyword groups.
func (s *scan) token(h uint32, groups uint64) {
	s.add(h)
	if s.prev != 0 {
		bigram := mix(seedBigram, s.prev, h)
		s.add(bigram)
		groups |= keywords.find(bigram)
	}
	if s.tokens < headTokens {
		s.add(h ^ seedHead)
		s.add(mix(seedHead2, s.prev, h))
	}
	s.tokenRing[s.tokens%tailTokens] = h
	s.groupRing[s.tokens%zoneTokens] = groups
	for g := groups; g != 0; g &= g - 1 {
		i := bits.TrailingZeros64(g)
		s.groups[i]++
		if s.tokens < zoneTokens {
			s.headGroup[i]++
		}
	}
	s.tokens++
	s.prev = h
}

// segment scans a contiguous piece of the text, up to so many tokens.
func (s *scan) segment(t string, tokens int) {
	s.startLine(0)
	limit := s.tokens + tokens
	for i := 0; i < len(t); {
		if s.tokens >= limit {
			t = t[:i]
			break
		}
		c := t[i]
		switch byteClass[c] {
		case byteLower, byteUpper:
			s.mark(i)
			i = s.word(t, i, scriptLatin)
			s.lineLast = 'a'
		case byteSpace:
			i++
			s.char1, s.char2 = 0, 0
		case byteNewline:
			s.endLine(i)
			i++
			s.startLine(i)
			s.char1, s.char2 = 0, 0
		case byteDigit:
			s.mark(i)
			i = s.number(t, i)
			s.lineLast = '0'
		case bytePunct:
			if c == '\\' && escapedLine(t[i:]) {
				s.endLine(i) // a newline escaped by whoever quoted the text
				i += 2
				s.startLine(i)
				continue
			}
			s.mark(i)
			i = s.punctuation(t, i)
		default:
			s.mark(i)
			i = s.highRune(t, i)
		}
	}
	s.endLine(len(t))
}

// escapedLine reports whether t begins with a newline escaped as \n, and not with a LaTeX command.
func escapedLine(t string) bool {
	if len(t) < 2 || t[1] != 'n' {
		return false
	}
	end := 2
	for end < len(t) && byteClass[t[end]] == byteLower {
		end++
	}
	switch t[2:end] {
	case "u", "i", "e", "eq", "eg", "ot", "mid", "abla", "exists", "earrow", "warrow", "earrows", "ewline", "ewpage", "ewcommand", "olimits",
		"onumber", "otin", "subseteq", "supseteq", "parallel", "leq", "geq", "less", "gtr", "sim", "ormalsize", "ormal":
		return false
	}
	return true
}

// mark notes that the line has text from offset i on.
func (s *scan) mark(i int) {
	if s.lineText < 0 {
		s.lineText = i
	}
}

// startLine opens the line that begins at offset i.
func (s *scan) startLine(i int) {
	s.lineStart, s.lineText = i, -1
	s.lineCode, s.lineWords, s.lineKey = 0, 0, false
	s.lineStops = s.sentences
	s.lineMarks = s.options + s.bullets
}

// endLine closes the line that ends before offset i.
func (s *scan) endLine(i int) {
	if s.lineText < 0 {
		s.blankLines++
		return
	}
	n := i - s.lineText
	s.lines++
	if s.lines == 1 {
		s.firstLine = n
		s.firstColon = s.lineLast == ':'
	}
	s.lastLine = n
	s.longest = max(s.longest, n)
	if s.lineMarks == s.options+s.bullets {
		s.asking += n
	}
	code := s.inFence || s.lineCode >= 2 && s.lineCode*10 > n || s.lineKey && s.sentences == s.lineStops
	if !code {
		for set := s.lineScripts; set != 0; set &= set - 1 {
			sc := bits.TrailingZeros32(set)
			s.prose[sc] += s.lineLetters[sc]
		}
		s.prosePiece(s.lineText, i)
	}
	for ; s.lineScripts != 0; s.lineScripts &= s.lineScripts - 1 {
		sc := bits.TrailingZeros32(s.lineScripts)
		s.letters[sc] += s.lineLetters[sc]
		s.lineLetters[sc] = 0
	}
	if s.lineText-s.lineStart >= 2 {
		s.indented++
	}
	switch s.lineLast {
	case ';', '{', '}', ')':
		s.codeEnds++
	case ':':
		s.colonEnds++
	}
}

// prosePiece notes a line of prose of the head, joined to the last one if it follows it.
func (s *scan) prosePiece(from, to int) {
	switch {
	case s.inTail:
	case s.nspans > 0 && from-s.spans[s.nspans-1].to <= 8:
		s.spans[s.nspans-1].to = to
	case s.nspans < maxSpans:
		s.spans[s.nspans] = span{from, to}
		s.nspans++
	}
}

// word scans a run of letters of one spaced script from offset i and returns the offset after it.
// Apostrophes between letters are skipped, so that "can't" and "can’t" are one word.
func (s *scan) word(t string, i int, sc script) int {
	var (
		h             uint32 = seedWord
		prefix        uint32
		n             int
		first, uppers = 0, 0
		humps         int
		a, b          uint32 // the last two Hangul syllables
		groups        uint64
		lower         bool
	)
loop:
	for i < len(t) {
		c := t[i]
		var r uint32
		switch byteClass[c] {
		case byteLower:
			if sc != scriptLatin {
				break loop
			}
			r = uint32(c)
			i++
			lower = true
		case byteUpper:
			if sc != scriptLatin {
				break loop
			}
			r = uint32(c) | 0x20
			i++
			uppers++
			if n == 0 {
				first = 1
			} else if lower {
				humps++
			}
			lower = false
		case byteHigh:
			ru, size := utf8.DecodeRuneInString(t[i:])
			if ru == '’' && n > 0 && sc == scriptLatin && i+size < len(t) && byteClass[t[i+size]] == byteLower {
				i += size
				continue
			}
			if ru >= 0x0300 && ru < 0x0370 { // a combining accent belongs to its letter
				i += size
				continue
			}
			if scriptOf(ru) != sc {
				break loop
			}
			f := fold(ru)
			if f != ru {
				uppers++
				if n == 0 {
					first = 1
				}
			}
			r = uint32(f)
			i += size
		case bytePunct:
			if c == '\'' && n > 0 && sc == scriptLatin && i+1 < len(t) && byteClass[t[i+1]] == byteLower {
				i++
				continue
			}
			if c == '_' && n > 0 && i+1 < len(t) && byteClass[t[i+1]] <= byteUpper && byteClass[t[i+1]] >= byteLower {
				s.snake++
			}
			break loop
		default:
			break loop
		}
		h = (h ^ r) * hashPrime
		n++
		if n == prefixRunes {
			prefix = h
		}
		if sc == scriptHangul {
			if n > 1 {
				pair := mix(seedPair, a, r)
				s.add(pair)
				groups |= keywords.find(pair)
				if n > 2 {
					triple := mix(seedTriple, mix(seedPair, b, a), r)
					s.add(triple)
					groups |= keywords.find(triple)
				}
			}
			b, a = a, r
		}
	}
	s.words++
	s.wordRunes += n
	s.title += first
	if uppers == n && n > 1 {
		s.allCaps++
	} else if humps > 0 {
		s.camel++
	}
	if n >= 10 {
		s.longWords++
	}
	s.lineLetters[sc] += int32(n)
	s.lineScripts |= 1 << sc
	if n > prefixRunes && sc != scriptHangul {
		prefix ^= seedPrefix
		s.add(prefix)
		groups |= keywords.find(prefix)
	} else if n == prefixRunes && sc != scriptHangul {
		groups |= keywords.find(h ^ seedPrefix)
	}
	groups |= keywords.find(h)
	if s.lineWords == 0 && first == 0 && groups&(1<<codeToken) != 0 {
		s.lineKey = true
	}
	s.lineWords++
	s.token(h, groups)
	s.lastMark = 'a'
	return i
}

// number scans a run of digits with separators. All numbers of one length and kind are one feature.
func (s *scan) number(t string, i int) int {
	start, point := i, uint32(0)
	for i < len(t) {
		c := t[i]
		if byteClass[c] == byteDigit {
			s.digits++
		} else if (c == '.' || c == ',') && i+1 < len(t) && byteClass[t[i+1]] == byteDigit {
			point = 16
		} else {
			break
		}
		i++
	}
	s.numbers++
	h := mix(seedNumber, uint32(min(i-start, 6)), point)
	if i < len(t) && t[i] == '%' {
		s.add(mix(seedNumber, 99, 0))
	}
	s.token(h, 0)
	s.lastMark = '0'
	// An option or list mark: "1." or "2)" at the beginning of a line.
	if start == s.lineText && i < len(t) && (t[i] == '.' || t[i] == ')') && i-start <= 2 {
		s.bullets++
	}
	return i
}

// codeMark is 1 for the characters that code has more of than prose.
var codeMark = func() (t [128]uint8) {
	for _, c := range "(){}[];=<>_|\\" {
		t[c] = 1
	}
	return t
}()

// punctuation scans a run of ASCII punctuation of up to four characters.
func (s *scan) punctuation(t string, i int) int {
	var h uint32 = seedPunct
	start := i
	for i < len(t) && byteClass[t[i]] == bytePunct && i-start < 4 {
		c := t[i]
		s.ascii[c]++
		s.lineCode += int(codeMark[c])
		h = (h ^ uint32(c)) * hashPrime
		i++
	}
	last := t[i-1]
	n := i - start
	s.lineLast, s.lastMark = last, rune(last)
	switch {
	case n >= 3 && t[start] == '`' && t[start+1] == '`' && t[start+2] == '`':
		s.fences++
		s.inFence = !s.inFence
		h = seedPunct ^ '`'
	case n == 1:
		switch last {
		case '?':
			s.questions++
		case '.', '!':
			if i >= len(t) || byteClass[t[i]] <= byteNewline {
				s.sentences++
			}
			if start == s.lineText+1 && byteClass[t[s.lineText]] == byteUpper {
				s.options++
			}
		case ')':
			if start == s.lineText+1 && byteClass[t[s.lineText]] == byteUpper || start == s.lineText+2 && t[s.lineText] == '(' {
				s.options++
			}
		case '-', '*':
			if start == s.lineText && i < len(t) && t[i] == ' ' {
				s.bullets++
			}
		case '\\':
			if i < len(t) && byteClass[t[i]] == byteLower {
				s.latex++
			}
		}
		if last == ',' || last == '.' {
			return i // too common to be a feature
		}
	default:
		if last == '?' {
			s.questions++
		}
		if codeRun(t[start:i]) {
			s.codeRuns++
		}
		if last == '\\' && i < len(t) && byteClass[t[i]] == byteLower {
			s.latex++
		}
	}
	s.add(h)
	if s.tokens < headTokens {
		s.add(h ^ seedHead)
	}
	return i
}

// codeRun reports whether a run of punctuation is of a kind that programs have and prose has not.
func codeRun(run string) bool {
	switch run[:2] {
	case "()", "==", "=>", "->", "::", "!=", "&&", "||", "++", "+=", "-=", "//", "/*", "*/", "</", "/>", "[]", "{}", "<=", ">=", "):", ");", "})", "};", "#!", ">>", "<<", "(\"", "('", "[\"", "['", "${", "@@":
		return true
	}
	return false
}

// highRune scans the rune of two bytes or more at offset i, or the word it begins.
func (s *scan) highRune(t string, i int) int {
	r, size := utf8.DecodeRuneInString(t[i:])
	sc := scriptOf(r)
	if sc.spaced() {
		s.lineLast = 'a'
		return s.word(t, i, sc)
	}
	s.lineLast = 0
	if sc == scriptNone {
		s.symbol(r)
		s.char1, s.char2 = 0, 0
		return i + size
	}
	s.lineLetters[sc]++
	s.lineScripts |= 1 << sc
	u := uint32(r)
	h := (seedWord ^ u) * hashPrime
	groups := keywords.find(h)
	if s.char1 != 0 {
		pair := mix(seedPair, s.char1, u)
		s.add(pair)
		groups |= keywords.find(pair)
		if s.char2 != 0 {
			triple := mix(seedTriple, mix(seedPair, s.char2, s.char1), u)
			s.add(triple)
			groups |= keywords.find(triple)
		}
	}
	s.char2, s.char1 = s.char1, u
	// A character is not a word: it makes no bigrams of its own besides the pair above.
	s.prev = 0
	s.token(h, groups)
	s.lastMark = 'a'
	return i + size
}

// symbol counts a rune that is no letter.
func (s *scan) symbol(r rune) {
	switch {
	case r == '？' || r == '؟':
		s.questions++
		s.lastMark = '?'
		return
	case r == '。' || r == '！' || r == '।':
		s.sentences++
		s.lastMark = '.'
		return
	case r == '：':
		s.lineLast, s.lastMark = ':', ':'
		return
	case r == '“' || r == '”' || r == '‘' || r == '’' || r == '「' || r == '」' || r == '『' || r == '』' || r == '《' || r == '》' || r == '«' || r == '»':
		s.quotes++
	case r >= 0x2200 && r < 0x2300, r == '×', r == '÷', r == '±', r == '²', r == '³', r == '°', r == 'π', r >= 0x2070 && r < 0x20A0, r >= 0x2190 && r < 0x2200:
		s.mathRunes++
	case r == '\u00A0' || r == '\u3000' || r == utf8.RuneError:
		return
	}
	s.add((seedPunct ^ uint32(r)) * hashPrime)
	s.lastMark = r
}
