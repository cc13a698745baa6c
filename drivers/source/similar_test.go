package source

import "testing"

func TestSimilar(t *testing.T) {
	for _, c := range []struct{ missing, have, want string }{
		{"Production", "production", `there is "production", which differs by case`},
		{"STRASSE", "Straße", ""},
		{"ÄNDERN", "ändern", `there is "ändern", which differs by case`},
		{"Caf\u00e9", "Cafe\u0301", "there is \"Cafe\u0301\", which differs by its Unicode form"},
		{"Production", "Production ", `there is "Production ", which differs by blanks or invisible characters`},
		{"Production", "Production\u00a0", `there is "Production\u00a0", which differs by blanks or invisible characters`},
		{"Production", " Production", `there is " Production", which differs by blanks or invisible characters`},
		{" Production", "Production", `there is "Production", which differs by blanks or invisible characters`},
		{"Production ", "Production", `there is "Production", which differs by blanks or invisible characters`},
		{"Prod EU", "Prod\u00a0EU", `there is "Prod\u00a0EU", which differs by blanks or invisible characters`},
		{"Prod EU", "Prod  EU", `there is "Prod  EU", which differs by blanks or invisible characters`},
		{"Prod EU", "ProdEU", `there is "ProdEU", which differs by blanks or invisible characters`},
		{"Production", "Pro\u200bduction", `there is "Pro\u200bduction", which differs by blanks or invisible characters`},
		{"Production", "\ufeffProduction", `there is "\ufeffProduction", which differs by blanks or invisible characters`},
		{"Production", " PRODUCTION", `there is " PRODUCTION", which differs by more than one of case, blanks and Unicode form`},
		{"Production", "Production", ""},
		{"Production", "Produktion", ""},
		{"", "", ""},
		{"", " ", `there is " ", which differs by blanks or invisible characters`},
	} {
		if got := Similar(c.missing, []string{"another", c.have}); got != c.want {
			t.Errorf("%+q beside %+q:\n got %s\nwant %s", c.missing, c.have, got, c.want)
		}
	}
	if got := Similar("Production", []string{"production", "Production"}); got != "" {
		t.Errorf("one that is there: got %s", got)
	}
}

func FuzzSimilar(f *testing.F) {
	f.Add("Production", "production ")
	f.Add(" \u00a0", "\u00a0 ")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := Similar(a, []string{b}); a == b && got != "" {
			t.Errorf("equal names: %s", got)
		}
	})
}
