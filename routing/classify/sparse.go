package classify

import "math/bits"

// Seeds keep the kinds of feature apart in the one hash space.
const (
	seedWord   = 0x811C9DC5 // FNV-1a's offset basis
	seedPrefix = 0x3C6EF372
	seedBigram = 0x9E3779B9
	seedHead   = 0x7F4A7C15
	seedHead2  = 0x1B873593
	seedTail   = 0x5BD1E995
	seedPunct  = 0x2545F491
	seedNumber = 0x6C8E9CF5
	seedPair   = 0x165667B1 // two neighbouring characters of an unspaced script or of a Korean word
	seedTriple = 0x27D4EB2F

	hashPrime  = 0x01000193 // FNV-1a's prime
	hashSpread = 0x9E3779B1 // Knuth's multiplicative hashing: the upper bits are the ones to use
)

// add records one sparse feature.
func (s *scan) add(h uint32) {
	row := h * hashSpread >> (32 - tableBits)
	word, bit := row>>6, uint64(1)<<(row&63)
	if s.seen[word]&bit != 0 || len(s.features) >= maxFeatures {
		return
	}
	s.seen[word] |= bit
	s.features = append(s.features, row)
}

// mix joins two hashes, order kept.
func mix(seed, a, b uint32) uint32 {
	h := (seed ^ a) * 0x85EBCA6B
	h ^= h >> 15
	h = (h ^ b) * 0xC2B2AE35
	return h ^ h>>13
}

// token records a token with its sparse features but the ones inside it, and its keyword groups.
func (s *scan) token(h uint32, groups uint64) {
	s.add(h)
	if s.prev != 0 {
		bigram := mix(seedBigram, s.prev, h)
		s.add(bigram)
		groups |= keywords.find(bigram)
	}
	if s.tokens < headTokens {
		s.add(h ^ seedHead)
		s.add(mix(seedHead2, s.prev, h))
	}
	s.tokenRing[s.tokens%tailTokens] = h
	s.groupRing[s.tokens%zoneTokens] = groups
	for g := groups; g != 0; g &= g - 1 {
		i := bits.TrailingZeros64(g)
		s.groups[i]++
		if s.tokens < zoneTokens {
			s.headGroup[i]++
		}
	}
	s.tokens++
	s.prev = h
}
