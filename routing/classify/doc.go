// Package classify says what a prompt asks for, how strong a model it needs, which language it is in, and whether an
// answer refuses: by a small network and linear heads over features of the text, in microseconds and without a model
// server. It takes plain strings and knows nothing of requests, providers or policies.
//
// One scan (scan.go) reads a bounded part of the text and collects two kinds of features. The sparse ones (sparse.go)
// are hashed words, pairs of words, beginnings of words, and pairs and triples of characters where words are not
// separated. The dense ones (dense.go) are shapes, such as the share of digits, and hits of keyword groups
// (keywords.go). What the scan sees in words, punctuation and lines is in the files of these names. The network
// (network.go) reads both for the topic and the need; need.go says what its outputs amount to. A head (head.go) adds up
// its weights of them. Languages that share a script have a table of letter n-grams of their own (language.go).
//
// The weights are learned by package train and embedded; weights.go documents their file.
//
// Start at Default, then Model.Prompt and Model.Refusal.
package classify
