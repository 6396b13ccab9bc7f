// Package agent tells the traffic of coding agents apart.
//
// Most requests of an agent were written by no person: they carry tool results, ask
// for titles and summaries, or hand work to sub-agents. This package knows the words,
// headers and tools by which that shows: whose conversation a request belongs to
// ([Identify]), how its work goes ([Judge]), whether a message is a harness's own
// ([ReadBeginning], [Summary]) or stands on what was said before ([Leans]). All of
// it is pure and bounded in what it reads. It does not know the bodies of the
// providers' APIs: package llmapi reads those and asks here. Nor does it decide
// anything. Start with stage.go.
package agent
