package rules_test

import (
	"encoding/json"
	"testing"

	"github.com/fridaycounter/fridaycounter/rules"
)

// The configuration comes from another process as JSON.
func TestJSON(t *testing.T) {
	const text = `{"Dates":["2026-12-24",""],"Patterns":["a","/^b/"]}`
	var v struct {
		Dates    []rules.Date
		Patterns []rules.Pattern
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if v.Dates[0] != date(t, "2026-12-24") || v.Dates[1] != (rules.Date{}) || !v.Patterns[1].Match("by") || v.Patterns[0].Match("by") {
		t.Errorf("got %+v", v)
	}
	if got, err := json.Marshal(v); err != nil || string(got) != text {
		t.Errorf("got %s, %v, want %s", got, err, text)
	}
	for _, bad := range []string{`{"Dates":["2026-02-30"]}`, `{"Patterns":["/("]}`} {
		if err := json.Unmarshal([]byte(bad), &v); err == nil {
			t.Errorf("%s: got no error", bad)
		}
	}
}
