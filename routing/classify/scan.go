package classify

import "math/bits"

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
