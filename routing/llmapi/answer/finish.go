package answer

import "strings"

// readFinish reads the word by which a model or a server says why it stopped; "" says that it
// has not. There are many words, whatever the API: servers pass on those of the engine or the
// provider behind them.
func readFinish(word string) Finish {
	switch strings.ToLower(word) {
	case "":
		return FinishUnknown
	case "stop", "end_turn", "eos", "eos_token", "end", "complete", "completed", "finished", "done", "normal":
		return FinishStop
	case "stop_sequence":
		return FinishSequence
	case "length", "max_tokens", "max_length", "max_new_tokens", "max_output_tokens", "model_length", "token_limit",
		"context_length", "model_context_window_exceeded":
		return FinishLength
	case "tool_calls", "tool_call", "function_call", "tool_use":
		return FinishTools
	case "pause_turn", "compaction": // the provider's own tools are at work, or it has shortened the conversation
		return FinishPaused
	case "content_filter", "content_filtered", "refusal", "safety", "recitation", "blocklist", "prohibited_content", "spii",
		"sensitive", "guardrail_intervened", "image_safety", "image_prohibited_content", "model_armor", "error_toxic":
		return FinishPolicy
	case "error", "network_error", "malformed_function_call", "malformed_response", "malformed_tool_call", "unexpected_tool_call", "too_many_tool_calls",
		"missing_thought_signature", "insufficient_system_resource", "no_image", "abort", "aborted", "failed":
		return FinishFailed
	default:
		return FinishOther
	}
}
