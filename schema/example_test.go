package schema_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/fridaycounter/fridaycounter/schema"
)

// A child process evaluates the file: this program, started again to run [schema.Child]. Here that is
// the test binary.
func ExampleEvaluator() {
	evaluator := schema.Evaluator{Command: func(ctx context.Context) *exec.Cmd {
		child := exec.CommandContext(ctx, os.Args[0])
		child.Env = append(os.Environ(), "FRIDAYCOUNTER_TEST_CHILD=1")
		return child
	}}
	const policy = `package counter

import "github.com/fridaycounter/fridaycounter/schema"

schema.#Counter & {
	timezone: "Europe/Berlin"
	source: file: path: "deployments.jsonl"
	rules: "no-friday-deploys": forbid: [{weekdays: [%s], to: "23:59"}]
	poll: [{every: "5m"}]
	display: {modules: 2, terminal: {}}
}
`
	for _, weekday := range []string{`"Friday"`, `"fri"`} {
		config, err := evaluator.Evaluate(context.Background(), "counter.cue", fmt.Appendf(nil, policy, weekday))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(config.Rules[0].Forbid[0].Weekdays, config.Brightness[0].Level)
		for _, note := range config.Notes(time.Now()) {
			fmt.Println(note)
		}
	}
	// Output:
	// [Friday] 8
	// counter.cue:8:39: rules."no-friday-deploys".forbid[0].to: the last minute of the day is free (write "24:00", or leave it out)
	// counter.cue:8:51: rules."no-friday-deploys".forbid[0].weekdays[0]: "fri" is not a weekday: want Monday to Sunday (write "Friday")
}
