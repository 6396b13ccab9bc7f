package language

// A Standing is what the turns of a conversation have asked for so far. The zero value is
// nothing.
type Standing struct{ asked Set }

// Unclear is the language that a [Standing] settles on if it cannot tell.
const Unclear = "?"

// reach is how much of either end of a turn is searched, in bytes: that is where instructions
// are.
const reach = 400

// Hear takes the next turn of a person. It reports whether the turn replaces or ends what was
// asked for before, so that the language of earlier answers tells nothing.
//
// A language that is only mentioned counts as asked for: the words do not tell for certain.
func (s *Standing) Hear(turn []byte) (anew bool) {
	found := find(turn)
	asked := found &^ (replaces | stops)
	switch {
	case asked == 0:
		return false
	case found&stops != 0 && asked&^s.asked == 0:
		s.asked = 0
		return true
	case found&replaces != 0 && asked.code() != "":
		s.asked = asked
		return true
	}
	s.asked |= asked
	return false
}

func find(turn []byte) Set {
	if len(turn) <= 2*reach {
		return Set(words.Find(string(turn)))
	}
	return Set(words.Find(string(turn[:reach])) | words.Find(string(turn[len(turn)-reach:])))
}

// Language returns what the turns settle on: the code of a language, "" if they say nothing,
// or [Unclear].
func (s *Standing) Language() string {
	if s.asked == 0 {
		return ""
	}
	if code := s.asked.code(); code != "" {
		return code
	}
	return Unclear
}
