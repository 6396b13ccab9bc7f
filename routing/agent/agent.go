// Package agent recognizes the traffic of coding agents.
//
// Most requests of an agent were not written by a person: they carry tool results, ask
// for titles and summaries, or hand work to sub-agents. This package knows the words,
// headers and tools that show it: which conversation a request belongs to ([Identify]),
// how the agent's work goes ([ReadStage]), whether the harness wrote a message itself
// ([ReadBeginning], [Summary]), and whether a message depends on what was said before
// ([Leans]). Its functions are pure and read a bounded part of a text. The package does not
// know the bodies of the providers' APIs, which package llmapi reads, and decides nothing.
// Start with stage.go.
package agent
