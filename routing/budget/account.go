package budget

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"sluice/routing"
)

// Accounts returns the accounts that a request of the principal is charged to, one for
// each limit, in their order. Unknown principals share an account.
//
// An account's key is the limit's name, a hash of the principal, and the begin and end of
// the window in Unix seconds. So a limit whose window, zone or unit changes starts from
// zero, and one whose amount changes does not.
func (ls Limits) Accounts(p routing.Principal, now time.Time) []Account {
	accounts := make([]Account, len(ls))
	for i := range ls {
		l := &ls[i]
		begin, end := l.Window.Around(now)
		sum := sha256.Sum256([]byte(string(l.Per) + "\x00" + l.Per.of(p)))
		key := make([]byte, 0, len(l.Name)+64)
		key = append(append(key, l.Name...), '/')
		key = append(hex.AppendEncode(key, sum[:8]), '/')
		key = append(strconv.AppendInt(key, begin.Unix(), 10), '-')
		key = strconv.AppendInt(key, end.Unix(), 10)
		accounts[i] = Account{Limit: l, Key: string(key), Ends: end}
	}
	return accounts
}

// of returns the part of the principal that the limit counts by.
func (p Per) of(who routing.Principal) string {
	switch p {
	case User:
		return who.User
	case Key:
		return who.Key
	case Team:
		return who.Team
	case Tenant:
		return who.Tenant
	default:
		return ""
	}
}

// Find returns the accounts of these keys whose limits still exist.
func (ls Limits) Find(keys []string) []Account {
	accounts := make([]Account, 0, len(keys))
	for _, key := range keys {
		name := key
		for range 2 { // hash and window
			name = name[:max(strings.LastIndexByte(name, '/'), 0)]
		}
		for i := range ls {
			if ls[i].Name == name {
				accounts = append(accounts, Account{Limit: &ls[i], Key: key, Ends: Ends(key)})
			}
		}
	}
	return accounts
}

// Ends returns when the window of an account ends, by its key, so that stores know when they
// may drop it; the zero time if it is not a key.
func Ends(key string) time.Time {
	window := key[strings.LastIndexByte(key, '/')+1:]
	_, end, _ := strings.Cut(window, "-")
	n, err := strconv.ParseInt(end, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// RetryAfter returns the seconds until the account's window ends, rounded up: at least 1.
func (a *Account) RetryAfter(now time.Time) int {
	return max(1, int(math.Ceil(a.Ends.Sub(now).Seconds())))
}
