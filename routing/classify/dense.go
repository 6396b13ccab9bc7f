package classify

import (
	"math"
	"slices"
)

// numDense is the length of the vector of hand-made features: shapes, then the level of each keyword group over
// the whole text, at its beginning and at its end.
const numDense = int(numShapes) + 3*int(numGroups)

// shape is a hand-made feature that is no keyword group.
type shape int

const (
	// Size.
	shapeBytes shape = iota
	shapeTokens
	shapeUnder60
	shapeUnder150
	shapeOver400
	shapeOver900
	shapeOver2000
	shapeOver6000
	// Script.
	shapeHangul
	shapeWide
	shapeLatin
	// Words and numbers.
	shapeWordLength
	shapeLongWords
	shapeTitleWords
	shapeCapitals
	shapeCamel
	shapeSnake
	shapeNumbers
	shapeNumberShare
	shapeDigitShare
	shapeNoNumbers
	shapeManyNumbers
	// Punctuation.
	shapeSymbolShare
	shapeCodeRuns
	shapeFences
	shapeLatex
	shapeDollars
	shapeMathRunes
	shapeBraces
	shapeBrackets
	shapeParentheses
	shapeAngles
	shapeSemicolons
	shapeEquals
	shapeOperators
	shapeUnderscores
	shapeHashes
	shapeQuotes
	shapeCurlyQuotes
	shapeColons
	shapeCommas
	shapePercents
	shapeExclamations
	shapeCodeShare
	// Sentences.
	shapeQuestions
	shapeAnyQuestion
	shapeOnlyQuestion
	shapeEndsQuestion
	shapeEndsStop
	shapeEndsColon
	shapeEndsWord
	shapeSentences
	// Lines.
	shapeLines
	shapeBlankLines
	shapeIndented
	shapeIndentedShare
	shapeCodeEnds
	shapeBullets
	shapeOptions
	shapeColonEnds
	shapeLongestLine
	shapeLongestShare
	shapeFirstColon
	// A long passage with a short instruction before or after it.
	shapePassageAfter
	shapePassageBefore
	shapePassageQuestion
	shapeFirstLine
	shapeLastLine
	shapeAsking
	numShapes
)

// FirstLineFeature is the feature that holds the length of the first line: of a question without its options.
const FirstLineFeature = int(shapeFirstLine)

// layoutShapes tell how a text is laid out or which script it is in rather than what it asks.
var layoutShapes = [...]shape{
	shapeHangul, shapeWide, shapeLatin, shapeEndsQuestion, shapeEndsStop, shapeEndsColon, shapeEndsWord,
	shapeLines, shapeBlankLines, shapeBullets, shapeOptions, shapeColonEnds, shapeLongestShare, shapeFirstColon,
	shapePassageAfter, shapePassageBefore, shapePassageQuestion, shapeLastLine,
}

// LayoutFeature reports whether feature i is one of layout or script. Such features betray the collection a text comes
// from; a head that is to judge difficulty anywhere does better without them.
func LayoutFeature(i int) bool { return slices.Contains(layoutShapes[:], shape(i)) }

// dense turns the counters into the vector of hand-made features: logarithms of counts, and shares between 0
// and 1. All are finite for any text. Values are rough; the trainer scales each to unit variance.
func (c *counts) dense(v *[numDense]float32) {
	letters, symbols := 0, 0
	for _, n := range c.letters {
		letters += int(n)
	}
	for _, n := range c.ascii {
		symbols += n
	}
	read := float32(c.readBytes + 1)
	share := func(n, of int) float32 { return float32(n) / float32(of+1) }
	a := &c.ascii

	v[shapeBytes] = log1p(c.textBytes)
	v[shapeTokens] = log1p(c.tokens)
	v[shapeUnder60] = flag(c.textBytes < 60)
	v[shapeUnder150] = flag(c.textBytes < 150)
	v[shapeOver400] = flag(c.textBytes > 400)
	v[shapeOver900] = flag(c.textBytes > 900)
	v[shapeOver2000] = flag(c.textBytes > 2000)
	v[shapeOver6000] = flag(c.textBytes > 6000)

	v[shapeHangul] = share(int(c.letters[scriptHangul]), letters)
	v[shapeWide] = share(int(c.letters[scriptHan]+c.letters[scriptKana]), letters)
	v[shapeLatin] = share(int(c.letters[scriptLatin]), letters)

	v[shapeWordLength] = share(c.wordRunes, c.words) / 8
	v[shapeLongWords] = share(c.longWords, c.words)
	v[shapeTitleWords] = share(c.title, c.words)
	v[shapeCapitals] = share(c.allCaps, c.words)
	v[shapeCamel] = log1p(c.camel)
	v[shapeSnake] = log1p(c.snake)
	v[shapeNumbers] = log1p(c.numbers)
	v[shapeNumberShare] = share(c.numbers, c.tokens)
	v[shapeDigitShare] = float32(c.digits) / read
	v[shapeNoNumbers] = flag(c.numbers == 0)
	v[shapeManyNumbers] = flag(c.numbers >= 3)

	v[shapeSymbolShare] = float32(symbols) / read
	v[shapeCodeRuns] = log1p(c.codeRuns)
	v[shapeFences] = log1p(c.fences)
	v[shapeLatex] = log1p(c.latex)
	v[shapeDollars] = log1p(a['$'])
	v[shapeMathRunes] = log1p(c.mathRunes)
	v[shapeBraces] = log1p(a['{'] + a['}'])
	v[shapeBrackets] = log1p(a['['] + a[']'])
	v[shapeParentheses] = log1p(a['('] + a[')'])
	v[shapeAngles] = log1p(a['<'] + a['>'])
	v[shapeSemicolons] = log1p(a[';'])
	v[shapeEquals] = log1p(a['='])
	v[shapeOperators] = log1p(a['+'] + a['*'] + a['/'] + a['^'])
	v[shapeUnderscores] = log1p(a['_'])
	v[shapeHashes] = log1p(a['#'] + a['`'])
	v[shapeQuotes] = log1p(a['"'])
	v[shapeCurlyQuotes] = log1p(c.quotes)
	v[shapeColons] = log1p(a[':'])
	v[shapeCommas] = log1p(a[','])
	v[shapePercents] = log1p(a['%'])
	v[shapeExclamations] = log1p(a['!'])
	v[shapeCodeShare] = float32(a['(']+a[')']+a['{']+a['}']+a['[']+a[']']+a[';']+a['=']+a['_']) / read * 8

	v[shapeQuestions] = log1p(c.questions)
	v[shapeAnyQuestion] = flag(c.questions > 0)
	v[shapeOnlyQuestion] = flag(c.questions == 1 && c.sentences == 0)
	v[shapeEndsQuestion] = flag(c.lastMark == '?')
	v[shapeEndsStop] = flag(c.lastMark == '.' || c.lastMark == '!')
	v[shapeEndsColon] = flag(c.lastMark == ':')
	v[shapeEndsWord] = flag(c.lastMark == 'a')
	v[shapeSentences] = log1p(c.sentences)

	v[shapeLines] = log1p(c.lines)
	v[shapeBlankLines] = log1p(c.blankLines)
	v[shapeIndented] = log1p(c.indented)
	v[shapeIndentedShare] = share(c.indented, c.lines)
	v[shapeCodeEnds] = log1p(c.codeEnds)
	v[shapeBullets] = log1p(c.bullets)
	v[shapeOptions] = log1p(c.options)
	v[shapeColonEnds] = log1p(c.colonEnds)
	v[shapeLongestLine] = log1p(c.longest)
	v[shapeLongestShare] = float32(c.longest) / read
	v[shapeFirstColon] = flag(c.firstColon)
	passage := c.lines > 1 && (c.longest > 300 || c.textBytes > 1500 && c.longest > 160)
	v[shapePassageAfter] = flag(passage && c.firstLine < 160)
	v[shapePassageBefore] = flag(passage && c.lastLine < 160)
	v[shapePassageQuestion] = flag(passage && c.lastLine < 160 && c.lastMark == '?')
	v[shapeFirstLine] = log1p(c.firstLine)
	v[shapeLastLine] = log1p(c.lastLine)
	v[shapeAsking] = log1p(c.asking)

	whole, head, tail := v[numShapes:][:numGroups], v[int(numShapes)+int(numGroups):][:numGroups], v[int(numShapes)+2*int(numGroups):][:numGroups]
	for g := range whole {
		whole[g] = level(c.groups[g])
		head[g] = level(c.headGroup[g])
		tail[g] = level(c.tailGroup[g])
	}
}

func flag(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

// logTable spares the logarithm of small counts.
var logTable = func() (t [256]float32) {
	for i := range t {
		t[i] = float32(math.Log1p(float64(i)))
	}
	return t
}()

func log1p(n int) float32 {
	if n < len(logTable) {
		return logTable[max(n, 0)]
	}
	return float32(math.Log1p(float64(n)))
}

// level makes a keyword count flat beyond three: whether a group is met says more than how often.
func level(n uint16) float32 {
	switch n {
	case 0:
		return 0
	case 1:
		return 1
	case 2:
		return 1.4
	default:
		return 1.7
	}
}
