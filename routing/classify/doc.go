// Package classify says what a prompt asks for, how much a stronger model would help with it, which language it is
// in, and whether an answer refuses: by linear heads over features of the text, in microseconds and without a model
// server. It takes plain strings and knows nothing of requests, providers or policies.
//
// One scan (scan.go) reads a bounded part of the text and collects two kinds of features. The sparse ones (sparse.go)
// are hashed words, pairs of words, beginnings of words, and pairs and triples of characters where words are not
// separated; they index a table of eight columns of bytes, one column for each output of a head. The dense ones
// (dense.go) are shapes, such as the share of digits, and hits of keyword groups (keywords.go). What the scan sees in
// words, punctuation and lines is in the files of these names. A head adds up its column and its dense weights.
// Languages that share a script have a table of letter n-grams of their own (language.go).
//
// The weights are learned by package train and embedded; weights.go documents their file.
//
// Start at Default, then Model.Prompt and Model.Refusal.
package classify
