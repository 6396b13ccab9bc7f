package signal

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Prose without a pattern that branch prediction could learn.
const (
	english = `the of and to in is that it was for on are as with his they at be this from have or by one had not but
what all were when we there can an your which their said if do will each about how up out them then she many some so
these would other into has more her two like him see time could no make than first been its who now people my made
over did down only way find use may water long little very after words called just where most know get through back
much before go good new write our used me man too any day same right look think also around another came come work
three word must because does part even place well such here take why things help put years different away again off
went old number great tell men say small every found still between name should home big give air line set own under
read last never us left end along while might next sound below saw something thought both few those always looked
show large often together asked house world going want school important until form food keep children feet land side
without boy once animals life enough took sometimes four head above kind began almost live page got earth need far
hand high year mother light parts country father let night following picture being study second eyes soon times
story boys since white days ever paper hard near sentence better best across during today others however sure means`
	korean = `지난 목요일 위원회가 제안서를 검토하기 위해 모였을 때 대부분의 위원들은 이미 일주일 전에 배포된 긴 보고서를 읽고
있었다 보고서에는 사십 년 동안 강이 어떻게 변했는지가 자세히 적혀 있었고 습지는 줄어들었으며 물고기는 북쪽으로 이동했다 그리고 우리는
내일 아침 일찍 시장에 가서 신선한 과일과 채소를 사려고 한다 날씨가 좋으면 산책도 하고 싶다 친구에게 전화를 걸어 약속을 잡았지만 아직
시간을 정하지 못했다 회의 자료를 준비하느라 바빠서 점심을 먹지 못한 사람들이 많았다 올해는 예산이 부족하기 때문에 새로운 사업을
시작하기 어렵다 그래서 기존의 계획을 조금 수정하여 다음 달부터 진행하기로 결정했다 고객의 요청에 따라 일정이 변경될 수 있으니 자주
확인해 주세요 궁금한 점이 있으면 언제든지 물어봐 주시기 바랍니다`
)

// prose returns about n bytes of words in random order.
func prose(vocabulary string, n int) string {
	words := strings.Fields(vocabulary)
	rng := rand.New(rand.NewPCG(7, 7))
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(words[rng.IntN(len(words))])
		b.WriteByte(" .,\n"[max(0, rng.IntN(40)-36)])
	}
	return b.String()
}

// BenchmarkScan also has the texts that cost most per byte.
func BenchmarkScan(b *testing.B) {
	for _, bb := range []struct {
		name string
		text func(n int) string
	}{
		{"english", func(n int) string { return prose(english, n) }},
		{"korean", func(n int) string { return prose(korean, n) }},
		{"spaces", func(n int) string { return strings.Repeat("\u2003", n/3) }},
		{"dollars", func(n int) string { return strings.Repeat("$\n", n/2) }},
		{"prefixes", func(n int) string { return strings.Repeat("javaſcripſummarız", n/19) }},
	} {
		for _, kib := range []int{1, 30, 160} {
			text := bb.text(kib << 10)
			b.Run(fmt.Sprintf("%s/%dKiB", bb.name, kib), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					Scan(text)
				}
			})
		}
	}
}
