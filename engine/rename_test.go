package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A renamed environment is read on, and the rules that name it by its former name go on
// to apply.
func TestRenamedEnvironment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scoped := config(time.Friday)
		scoped.Rules[0].Environments = []rules.Pattern{pattern(t, "Production")}
		w := newHarness(t, files{"scoped": scoped})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.start()
		w.save("scoped")
		w.pass(time.Second)
		w.wantText("3")
		next := deployed("2", losAngeles(t, "2010-12-24 15:00"))
		next.Environment = "Live"
		w.source.set(nil, next)
		w.source.change(func(s *fakeSource) { s.answer.Environments[0].Name = "Live" })
		w.pass(time.Hour)
		w.wantLog("shop/Production is now shop/Live")
		w.wantText("1")
	})
}

// named is a policy that reads, and whose rule names, the given environments.
func named(t *testing.T, reads, rule string) *schema.Config {
	c := config(time.Friday)
	if reads != "" {
		c.Sources[0].Environments = []rules.Pattern{pattern(t, reads)}
	}
	if rule != "" {
		c.Rules[0].Environments = []rules.Pattern{pattern(t, rule)}
	}
	return c
}

// renamed makes the source say that Production is called Live, and nothing else new.
func (s *fakeSource) renamed() {
	s.set(nil)
	s.change(func(s *fakeSource) { s.answer.Environments[0].Name = "Live" })
}

// An environment is renamed, and the policy follows: its facts count on, at every
// moment and after a restart.
func TestPolicyFollowsRename(t *testing.T) {
	for _, c := range []struct{ name, reads, rule, readsNext, ruleNext string }{
		{"the source", "Production", "", "Live", ""},
		{"the rule", "1", "Production", "1", "Live"},
		{"both", "Production", "Production", "Live", "Live"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := fridays(t)
				w.files = files{"before": named(t, c.reads, c.rule), "after": named(t, c.readsNext, c.ruleNext)}
				w.start()
				w.save("before")
				w.pass(time.Second)
				w.wantText("3")
				w.source.renamed()
				w.save("after")
				for range 50 {
					w.pass(20 * time.Millisecond)
					if s, _ := w.reported(); s.Verdict.Lead.Known && s.Verdict.Lead.Weeks > 3 {
						t.Fatalf("got %d weeks, want never more than 3", s.Verdict.Lead.Weeks)
					}
				}
				w.pass(2 * time.Hour)
				w.wantText("3")
				w = w.restart()
				w.source.renamed()
				w.start()
				w.save("after")
				w.pass(time.Hour)
				w.wantText("3")
			})
		})
	}
}

// What a rule names goes on to count after a rename, and so do the breaches of others.
func TestRenameAndABreachElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(time.Friday)
		c.Rules = append(c.Rules, rules.Rule{Name: "staging", Forbid: c.Rules[0].Forbid, Environments: []rules.Pattern{pattern(t, "Staging")}})
		w := newHarness(t, files{friday: c})
		staging := deployed("5", losAngeles(t, "2010-12-17 15:00"))
		staging.EnvironmentID, staging.Environment = "2", "Staging"
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")), staging)
		w.source.answer.Environments = append(w.source.answer.Environments, production("2", "Staging", 1))
		w.show()
		w.wantText("2")
		w.source.set(nil, deployed("2", losAngeles(t, "2010-12-24 15:00")))
		w.source.change(func(s *fakeSource) {
			s.answer.Environments = append(s.answer.Environments, production("2", "Stage", 1))
		})
		w.pass(time.Hour)
		w.wantText("1")
		status, _ := w.reported()
		for _, s := range status.Verdict.Streaks {
			if s.Rule == "staging" && s.Weeks != 2 {
				t.Errorf("staging: got %d weeks, want its own 2", s.Weeks)
			}
		}
	})
}

// A rule may name an environment that takes several parts to read.
func TestRuleNamesWhatIsReadInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarness(t, files{friday: named(t, "", "Live")})
		breach := deployed("9", losAngeles(t, "2010-12-24 15:00"))
		breach.EnvironmentID, breach.Environment = "2", "Live"
		w.parts = &partsSource{parts: []source.Answer{
			{Listed: true, More: true, Environments: []source.Environment{production("1", "Production", 1), inPart("2", "Live", 11)}, Deployments: []rules.Deployment{breach}},
			{Listed: true, Environments: []source.Environment{production("1", "Production", 1), production("2", "Live", 1)}},
		}}
		w.show()
		w.wantText("1")
	})
}
