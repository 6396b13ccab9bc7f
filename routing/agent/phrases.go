package agent

import "slices"

// A phrases finds all its phrases in one pass over a text (Aho and Corasick, "Efficient
// String Matching", 1975). ASCII letters match in both cases. A line feed that begins a
// phrase stands for the beginning of a line, white space before its text left out.
type phrases[M ~uint32] struct {
	class   [256]uint8 // of a byte; 0 if it is in no phrase
	classes int
	next    []uint16 // state and class to state
	marks   []M      // of the phrases that end in a state
}

// compile builds the automaton. It panics if the phrases need more states than the table can
// name, which is a mistake of the programmer.
func compile[M ~uint32](table map[M][]string) *phrases[M] {
	p := &phrases[M]{classes: 1, marks: make([]M, 1)}
	for _, list := range table {
		for _, phrase := range list {
			for _, c := range []byte(phrase) {
				if p.class[c] == 0 {
					p.class[c] = uint8(p.classes)
					p.classes++
				}
			}
		}
	}
	for c := byte('a'); c <= 'z'; c++ {
		p.class[c-'a'+'A'] = p.class[c]
	}
	p.next = make([]uint16, p.classes)
	for mark, list := range table {
		for _, phrase := range list {
			p.add(phrase, mark)
		}
	}
	p.link()
	return p
}

// add puts the phrase into the tree.
func (p *phrases[M]) add(phrase string, mark M) {
	state := 0
	for _, c := range []byte(phrase) {
		at := state*p.classes + int(p.class[c])
		if p.next[at] == 0 {
			p.next[at] = uint16(len(p.marks))
			p.marks = append(p.marks, 0)
			p.next = append(p.next, make([]uint16, p.classes)...)
			if len(p.marks) == 1<<16 {
				panic("agent: too many phrases")
			}
		}
		state = int(p.next[at])
	}
	p.marks[state] |= mark
}

// link makes the tree an automaton: where a phrase does not continue, the longest other one
// that ends there does.
func (p *phrases[M]) link() {
	fallback := make([]uint16, len(p.marks))
	queue := slices.DeleteFunc(slices.Clone(p.next[:p.classes]), func(s uint16) bool { return s == 0 })
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		back := fallback[state]
		p.marks[state] |= p.marks[back]
		for class := range p.classes {
			at, other := int(state)*p.classes+class, p.next[int(back)*p.classes+class]
			if child := p.next[at]; child != 0 {
				fallback[child] = other
				queue = append(queue, child)
			} else {
				p.next[at] = other
			}
		}
	}
}

// start is the state at the beginning of a line.
func (p *phrases[M]) start() uint16 { return p.next[p.class['\n']] }

// step returns the state after one more byte of the text.
func (p *phrases[M]) step(state uint16, c byte) uint16 {
	return p.next[int(state)*p.classes+int(p.class[c])]
}

// in returns the marks of all phrases in text.
func (p *phrases[M]) in(text []byte) M {
	var found M
	state := p.start()
	for _, c := range text {
		state = p.step(state, c)
		found |= p.marks[state]
	}
	return found
}
