package classify

// Topic is what a prompt asks for, whatever its language and length.
type Topic uint8

// The topics, in the order of the weights' lanes.
const (
	Code Topic = iota
	Math
	Writing
	RAGSummary // answering from or summarising a given text
	General
	NumTopics
)

var topicNames = [NumTopics]string{"code", "math", "writing", "rag_summary", "general"}

// String returns the topic's name as configurations and data files write it.
func (t Topic) String() string {
	if t < NumTopics {
		return topicNames[t]
	}
	return "topic?"
}

// ParseTopic returns the topic of a name, and false for a name that is none.
func ParseTopic(name string) (Topic, bool) {
	for i, n := range topicNames {
		if n == name {
			return Topic(i), true
		}
	}
	return 0, false
}

// Topics holds the probability of each topic; they sum to 1.
type Topics [NumTopics]float32

// Best returns the most probable topic and its probability.
func (t Topics) Best() (Topic, float32) {
	best := Code
	for i := range t {
		if t[i] > t[best] {
			best = Topic(i)
		}
	}
	return best, t[best]
}
