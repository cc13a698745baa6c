package source

import "testing"

func TestAlike(t *testing.T) {
	for _, c := range []struct{ missing, have, want string }{
		{"Production", "production", `there is "production", which differs by case`},
		{"STRASSE", "Straße", ""},
		{"ÄNDERN", "ändern", `there is "ändern", which differs by case`},
		{"Caf\u00e9", "Cafe\u0301", "there is \"Cafe\u0301\", which differs by its Unicode form"},
		{"Production", "Production ", `there is "Production ", which differs by a blank at the end`},
		{"Production", "Production\u00a0", `there is "Production\u00a0", which differs by a no-break space (U+00A0) at the end`},
		{"Production", " Production", `there is " Production", which differs by a blank at the beginning`},
		{" Production", "Production", `there is "Production", which differs by the lack of a blank at the beginning`},
		{"Production ", "Production", `there is "Production", which differs by the lack of a blank at the end`},
		{"Prod EU", "Prod\u00a0EU", `there is "Prod\u00a0EU", which differs by a no-break space (U+00A0) in place of a blank inside`},
		{"Prod EU", "Prod  EU", `there is "Prod  EU", which differs by a blank inside`},
		{"Prod EU", "ProdEU", `there is "ProdEU", which differs by the lack of a blank inside`},
		{"Production", "Pro\u200bduction", `there is "Pro\u200bduction", which differs by an invisible character (U+200B) inside`},
		{"Production", "\ufeffProduction", `there is "\ufeffProduction", which differs by an invisible character (U+FEFF) at the beginning`},
		{"Production", " PRODUCTION", `there is " PRODUCTION", which differs by more than one of case, blanks and Unicode form`},
		{"Production", "Production", ""},
		{"Production", "Produktion", ""},
		{"", "", ""},
		{"", " ", `there is " ", which differs by a blank at the beginning`},
	} {
		if got := Alike(c.missing, []string{"another", c.have}); got != c.want {
			t.Errorf("%+q beside %+q:\n got %s\nwant %s", c.missing, c.have, got, c.want)
		}
	}
	if got := Alike("Production", []string{"production", "Production"}); got != "" {
		t.Errorf("one that is there: got %s", got)
	}
}

func FuzzAlike(f *testing.F) {
	f.Add("Production", "production ")
	f.Add(" \u00a0", "\u00a0 ")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := Alike(a, []string{b}); a == b && got != "" {
			t.Errorf("equal names: %s", got)
		}
	})
}
