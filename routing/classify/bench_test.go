package classify

import (
	"strings"
	"testing"
)

// benchProse is prose without repetitions: repeated text would flatter the caches and the set of features.
const (
	benchProse = `We run a small billing service for about forty shops, and since the move to the new database the nightly job that
retries failed payments has become slow. Yesterday it needed three hours; a month ago twenty minutes were enough. Nothing in the code
changed, as far as I can tell, except that Petra raised the limit for refunds and that invoices may now be split between two cards. The
queries look fine when I run them by hand, yet under load they wait for locks, and every so often one of them is killed. Our provider
suggests more memory. I doubt that it would help, because the machine is idle most of the time. Please explain which figures I should
collect first, how I can find out who holds the locks, and whether it would be wise to process the shops one after another instead of all
at once. If there is a cheap change that makes the job fast enough for the coming weeks, tell me that one before anything else. I would
also like to know what other teams do about retries that arrive twice, since we once charged a customer two times. The shops pay us every quarter, so a
late night now and then is no drama, but the owner of the largest one calls me at seven when his numbers are missing, and lately that
happens twice a week.`
	benchKorean = `우리 팀은 작은 상점 마흔 곳의 결제 서비스를 운영하고 있습니다. 데이터베이스를 새것으로 옮긴 뒤로 실패한 결제를 다시 시도하는 야간 작업이 무척
느려졌습니다. 어제는 세 시간이나 걸렸는데 한 달 전에는 이십 분이면 충분했습니다. 코드는 거의 그대로이고 환불 한도를 올린 것과 청구서를 카드 두 장으로 나눌 수 있게 한 것만
달라졌습니다. 손으로 질의를 실행하면 빠르지만 부하가 걸리면 잠금을 기다리다가 가끔 강제로 끝나 버립니다. 어떤 지표부터 모아야 하는지, 누가 잠금을 잡고 있는지 어떻게
알아내는지, 상점을 하나씩 차례로 처리하는 편이 나은지 설명해 주세요. 값싸게 고칠 방법이 있다면 그것부터 알려 주시면 고맙겠습니다.
아침 일곱 시가 되면 가장 큰 상점의 사장님이 숫자가 왜 비어 있느냐고 전화를 하십니다.`
	benchChinese = `我们为四十家小店经营一个结算服务。换了新的数据库以后，每天夜里重试失败付款的任务变得很慢。昨天它用了三个小时，而一个月前二十分钟就够了。据我所知代码没有改动，
只是提高了退款的上限，并且允许把一张账单分到两张卡上。手工执行查询时一切正常，可是负载一高它们就要等锁，有时甚至被强行结束。供应商建议增加内存，我不太相信，因为机器大部分时间是空闲的。请说明我应该先收集哪些
指标，怎样查出是谁占着锁，以及逐个处理商店是否比同时处理更好。如果有什么便宜的办法能让任务在接下来几周里足够快，请先告诉我。我还想知道别的团队怎样对待重复到达的重试，因为我们曾经向一位顾客收了两次钱。
最大的那家店的老板每天早上七点就会打电话来，问报表为什么还没有出来，最近一个星期已经有两次了。`
	benchCode = `Why does this lose updates when two requests arrive at once?

type ledger struct {
	mu      sync.RWMutex
	balance map[string]int64
	history []entry
}

func (l *ledger) transfer(from, to string, cents int64) error {
	l.mu.RLock()
	have, ok := l.balance[from]
	l.mu.RUnlock()
	if !ok || have < cents {
		return fmt.Errorf("transfer from %q: %d of %d cents", from, have, cents)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.balance[from] = have - cents
	l.balance[to] += cents
	l.history = append(l.history, entry{time.Now(), from, to, cents})
	if len(l.history) > maxHistory {
		l.history = l.history[len(l.history)-maxHistory:]
	}
	return nil
}

func (l *ledger) report(w io.Writer, names ...string) {
	for i, name := range names {
		if i > 0 {
			fmt.Fprint(w, ", ")
		}
		fmt.Fprintf(w, "%s=%d", name, l.balance[name])
	}
	for _, e := range l.history {
		fmt.Fprintln(w, e.at.Format(time.RFC3339), e.from, "->", e.to)
	}
}
`
)

// manyTokens has as many tokens and distinct features as a text of its size can have: the worst case.
var manyTokens = func() string {
	var b strings.Builder
	for i := range 4000 {
		b.WriteByte('a' + byte(i*7%26))
		b.WriteByte(' ')
		b.WriteByte('a' + byte(i/26*5%26))
		b.WriteByte("{;.+"[i%4])
	}
	return b.String()
}()

var benchTexts = []struct{ name, text string }{
	{"en_1KB", cut(benchProse)},
	{"ko_1KB", cut(benchKorean)},
	{"zh_1KB", cut(benchChinese)},
	{"code_1KB", cut(benchCode)},
	{"en_30KB", strings.Repeat(benchProse, 26)},
	{"worst_16KB", manyTokens},
	{"worst_hangul", strings.Repeat("가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호", 300)},
	{"worst_lines", strings.Repeat("a\n", 4000)},
}

// cut returns the first KiB of a text, to a character.
func cut(s string) string {
	n := min(1024, len(s))
	for n > 0 && n < len(s) && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

func BenchmarkPrompt(b *testing.B) {
	m, err := Default()
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range benchTexts {
		b.Run(t.name, func(b *testing.B) {
			b.SetBytes(int64(len(t.text)))
			b.ReportAllocs()
			for b.Loop() {
				m.Prompt(t.text)
			}
		})
	}
}

func BenchmarkRefusal(b *testing.B) {
	m, err := Default()
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range benchTexts {
		b.Run(t.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Refusal(t.text)
			}
		})
	}
}
