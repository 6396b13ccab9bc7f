package policy

import (
	"fmt"
	"strings"
	"testing"

	"sluice/routing"
)

// BenchmarkDecide is describe and decide together.
func BenchmarkDecide(b *testing.B) {
	const prose = "The committee met on Thursday and 위원회는 오래된 계획을 다시 살펴보기로 했다. "
	for _, p := range []routing.Policy{hierarchical(), domain(), cascade(), trial(), auto()} {
		for _, kib := range []int{1, 30, 160} {
			prompt := strings.Repeat(prose, (kib<<10)/len(prose))
			r := &routing.Request{Prompt: prompt, Bytes: len(prompt), Who: routing.Principal{User: "user"}, Experiment: "pricing_v2"}
			b.Run(fmt.Sprintf("%s/%dKiB", p.Decide(r).Strategy, kib), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(prompt)))
				for b.Loop() {
					p.Decide(r)
				}
			})
		}
	}
}
