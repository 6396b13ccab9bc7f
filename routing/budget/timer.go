package budget

import (
	"container/heap"
	"time"
)

// timers is a heap, with the next timer first.
type timers []*timer

// A timer is when an account or a record is dropped. It is a part of one of the two.
type timer struct {
	at      time.Time
	index   int // in the heap, plus 1; 0 if it is not in it
	account *account
	record  *record
}

func (t *timers) set(one *timer, at time.Time) {
	one.at = at
	if one.index == 0 {
		heap.Push(t, one)
	} else {
		heap.Fix(t, one.index-1)
	}
}

func (t *timers) clear(one *timer) {
	if one.index != 0 {
		heap.Remove(t, one.index-1)
	}
}

// Len, Less, Swap, Push and Pop are for package heap.

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].index, t[j].index = i+1, j+1
}

func (t *timers) Push(x any) {
	one := x.(*timer)
	one.index = len(*t) + 1
	*t = append(*t, one)
}

func (t *timers) Pop() any {
	last := len(*t) - 1
	one := (*t)[last]
	(*t)[last] = nil
	*t, one.index = (*t)[:last], 0
	return one
}
