// Package rules decides how long a team has kept its rules: pure functions from
// deployments, rules, a zone and an instant to a streak. It reads no clock and
// does no I/O, so the same facts always give the same number.
//
// Begin with [NewJudge]; [Judge.Streak] gives the number and [Judge.NextWindow]
// the next time when nobody may deploy. A [Ledger] judges facts that come little by
// little, [Judge.Explain] says why the number is what it is, and [Compare] what
// another rule makes of it.
package rules
