package signal

// A mark is a set of things that a prompt may contain.
type mark uint32

// The marks: one for each keyword, because each counts once, then the patterns of the score,
// then the domains. The last two are events: what they mean depends on the text around them,
// see [scanner.add].
const (
	keywordAnalysis mark = 1 << iota
	keywordComparison
	keywordInference
	keywordExplanation
	keywordWhy
	keywordAnalyze
	keywordCompare
	keywordReason
	keywordExplain

	codeMark
	mathMark

	codeDomain
	mathDomain
	writingDomain
	summaryDomain

	dollar
	whiteSpace

	keywordMarks = keywordExplain<<1 - 1
)

// A folding says which other spellings of a literal count.
type folding uint8

const (
	exactly    folding = iota // none
	lowered                   // those that Python's str.lower maps to it
	ignoreCase                // those that match it under Python's re.IGNORECASE
)

// A rule is a text to look for and what it marks.
type rule struct {
	text  string
	fold  folding
	marks mark
	last  string // one of these bytes follows the text; "" is none
}

// rules is the matcher for everything that Scan looks for, compiled once.
var rules = compile([]rule{
	{text: "분석", marks: keywordAnalysis},
	{text: "비교", marks: keywordComparison},
	{text: "추론", marks: keywordInference},
	{text: "설명해", marks: keywordExplanation},
	{text: "왜", marks: keywordWhy},
	{text: "analyze", fold: lowered, marks: keywordAnalyze},
	{text: "compare", fold: lowered, marks: keywordCompare},
	{text: "reason", fold: lowered, marks: keywordReason},
	{text: "explain", fold: lowered, marks: keywordExplain},

	{text: "```", marks: codeMark | codeDomain},
	{text: "def ", marks: codeMark},
	{text: "class ", marks: codeMark},
	{text: "import ", marks: codeMark},
	{text: `\frac`, marks: mathMark},
	{text: `\sum`, marks: mathMark},

	{text: "코드", marks: codeDomain},
	{text: "함수", marks: codeDomain},
	{text: "클래스", marks: codeDomain},
	{text: "python", fold: ignoreCase, marks: codeDomain},
	{text: "javascript", fold: ignoreCase, marks: codeDomain},
	{text: "수학", marks: mathDomain},
	{text: "증명", marks: mathDomain},
	{text: "계산", marks: mathDomain},
	{text: "equation", fold: ignoreCase, marks: mathDomain},
	{text: "글", marks: writingDomain},
	{text: "작성", marks: writingDomain},
	{text: "소설", marks: writingDomain},
	{text: "에세이", marks: writingDomain},
	{text: "write", fold: ignoreCase, marks: writingDomain},
	{text: "요약", marks: summaryDomain},
	{text: "summarize", fold: ignoreCase, marks: summaryDomain},
	{text: "문서", marks: summaryDomain},

	{text: "$", marks: dollar},

	// White space beyond ASCII, as str.split sees it: U+0085, U+00A0, U+1680,
	// U+2000 to 200A, 2028, 2029 and 202F, U+205F, U+3000.
	{text: "\xc2", last: "\x85\xa0", marks: whiteSpace},
	{text: "\xe1\x9a\x80", marks: whiteSpace},
	{text: "\xe2\x80", last: "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\xa8\xa9\xaf", marks: whiteSpace},
	{text: "\xe2\x81\x9f", marks: whiteSpace},
	{text: "\xe3\x80\x80", marks: whiteSpace},
})

// foreign lists the letters beyond ASCII that match an ASCII letter under re.IGNORECASE: dotted
// and dotless i, the Kelvin sign, the long s. str.lower maps two of them, but the dotted İ to
// two characters, and no keyword under "lowered" has a k.
var foreign = map[byte][]string{
	'i': {"İ", "ı"},
	'k': {"\u212a"},
	's': {"ſ"},
}
