package train

import (
	"strings"

	"sluice/routing/classify"
)

// topicOf returns the topic to learn from a row, and false for rows to leave out.
func topicOf(r *domainRow) (classify.Topic, bool) {
	if strings.HasSuffix(r.Source, "mgsm") {
		return classify.Math, true // arithmetic word problems, labelled general for the benchmark they came from
	}
	if r.Topic == "long_context" {
		return classify.RAGSummary, true
	}
	return classify.ParseTopic(r.Topic)
}
