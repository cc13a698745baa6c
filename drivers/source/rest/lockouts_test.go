package rest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestLockouts(t *testing.T) {
	l := new(Lockouts)
	key := func(i int) string { return fmt.Sprintf("%064x", i) }
	l.update(key(1), &LoginError{Status: 401}, noon)
	l.update(key(2), &LoginError{Status: 403, Captcha: true}, noon)
	l.update(key(3), &LoginError{Status: 403}, noon)
	l.update(key(4), nil, noon)
	l.update(key(5), errors.New("no answer"), noon)
	want := []source.Lockout{{Fingerprint: key(1), Status: 401, At: noon}, {Fingerprint: key(2), Status: 403, At: noon}}
	if got := l.Snapshot(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	restored := new(Lockouts)
	restored.Restore(append(l.Snapshot(), source.Lockout{Fingerprint: key(6), Status: 200}))
	for _, test := range []struct {
		login int
		after time.Duration
		want  bool // refused
	}{
		{1, time.Minute, true}, {1, 10000 * time.Hour, true},
		{2, time.Minute, true}, {2, time.Hour, false}, {2, -time.Minute, false}, // the clock was set back
		{3, time.Minute, false}, {4, time.Minute, false}, {5, time.Minute, false}, {6, time.Minute, false},
	} {
		if _, _, refused := restored.check(key(test.login), noon.Add(test.after)); (refused != nil) != test.want {
			t.Errorf("login %d after %v: got %v", test.login, test.after, refused)
		}
	}
	if _, _, refused := restored.check(key(2), time.Time{}); refused == nil {
		t.Error("a call without a clock tries a login that was answered with 403")
	}
	// A good answer frees what was answered with 403, never what was with 401.
	restored.update(key(1), nil, noon)
	restored.update(key(2), nil, noon)
	if got := restored.Snapshot(); len(got) != 1 || got[0].Fingerprint != key(1) {
		t.Errorf("after good answers: got %v", got)
	}
	// It is bounded, and what must not be sent is forgotten last.
	for i := range 10 * maxLogins {
		l.update(key(1000+i), nil, noon)
		l.update(key(5000+i), &LoginError{Status: 403, Captcha: true}, noon.Add(time.Duration(i)*time.Hour))
	}
	if _, _, refused := l.check(key(1), noon); refused == nil || len(l.logins) > maxLogins {
		t.Errorf("got %d logins; that with 401: %v", len(l.logins), refused)
	}
}
