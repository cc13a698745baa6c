package history_test

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A steady poll writes nothing for an hour, and what it held back is not lost.
func TestPollTimesAreWrittenHourly(t *testing.T) {
	s, path := fresh(t)
	k := polled(noon, deployed("1", noon))
	saved(t, s, k, everything(k))
	was := content(t, path)
	poll := func(after time.Duration) *source.Known {
		k := polled(noon.Add(after), deployed("1", noon))
		saved(t, s, k, source.Changes{Key: bamboo})
		if got := load(t, s, bamboo); diff(got, *k) != "" {
			t.Errorf("after %v: got, want: %s", after, diff(got, *k))
		}
		return k
	}
	poll(time.Minute)
	poll(59 * time.Minute)
	if content(t, path) != was {
		t.Error("marks were written within the hour")
	}
	poll(time.Hour)
	if content(t, path) == was {
		t.Error("marks were not written after an hour")
	}
	was = content(t, path)
	poll(119 * time.Minute)
	if content(t, path) != was {
		t.Error("marks were written within the second hour")
	}
	failed := poll(110 * time.Minute)
	failed.Failed, failed.Failure = noon.Add(115*time.Minute), "timeout"
	saved(t, s, failed, source.Changes{Key: bamboo})
	if content(t, path) != was {
		t.Error("a failure was written within the hour")
	}
	closed(t, s)
	if got := load(t, openRead(t, path), bamboo); diff(got, *failed) != "" {
		t.Errorf("after Close: got, want: %s", diff(got, *failed))
	}

	// A history that was opened again goes on with the same hour.
	s = open(t, path)
	was = content(t, path)
	poll(174 * time.Minute)
	if content(t, path) != was {
		t.Error("opened again: marks were written within the hour")
	}
	poll(175 * time.Minute)
	if content(t, path) == was {
		t.Error("opened again: marks were not written after an hour")
	}
	// A clock that was set back does not hold marks back.
	was = content(t, path)
	poll(-time.Minute)
	if content(t, path) == was {
		t.Error("an hour in the future was waited for")
	}
	closed(t, s)
}

// Marks are written with whatever is written.
func TestPollTimesWithChanges(t *testing.T) {
	s, path := fresh(t)
	k := polled(noon, deployed("1", noon))
	saved(t, s, k, everything(k))
	saved(t, s, polled(noon.Add(time.Minute), deployed("1", noon)), source.Changes{Key: bamboo})
	k = polled(noon.Add(2*time.Minute), deployed("1", noon), deployed("2", noon))
	saved(t, s, k, source.Changes{Key: bamboo, Runs: []rules.Deployment{deployed("2", noon)}})
	if got := load(t, openRead(t, path), bamboo); diff(got, *k) != "" {
		t.Errorf("got, want: %s", diff(got, *k))
	}
	closed(t, s)
}
