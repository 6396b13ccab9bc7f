package extproc

import (
	"sync"
	"time"
)

// late does things when their time has come, or at the end of the program. It is bounded:
// beyond most they are done at once.
type late struct {
	mu     sync.Mutex
	timers map[*time.Timer]func()
}

const mostLate = 10_000

func (l *late) add(after time.Duration, do func()) {
	l.mu.Lock()
	if len(l.timers) >= mostLate || after <= 0 {
		l.mu.Unlock()
		do()
		return
	}
	defer l.mu.Unlock()
	if l.timers == nil {
		l.timers = make(map[*time.Timer]func())
	}
	var t *time.Timer
	t = time.AfterFunc(after, func() {
		l.mu.Lock()
		_, due := l.timers[t]
		delete(l.timers, t)
		l.mu.Unlock()
		if due {
			do()
		}
	})
	l.timers[t] = do
}

// now does everything at once that still waits.
func (l *late) now() {
	l.mu.Lock()
	timers := l.timers
	l.timers = nil
	l.mu.Unlock()
	for t, do := range timers {
		t.Stop()
		do()
	}
}
