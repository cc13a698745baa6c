package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fridaycounter": main})
}

// TestScripts runs the real program, command by command. With -update it writes
// what it got into the scripts.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setupScript,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bamboo":  serveBamboo,
			"answer":  answerAll,
			"replace": replaceIn,

			"requests": wantRequests,
			"poke":     poke,
			"sql":      execSQL,
			"truncate": truncate,
			"hold":     hold,
		},
	})
}

// setupScript gives a script a home of its own.
func setupScript(env *testscript.Env) error {
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("STATE_DIRECTORY", env.WorkDir+"/state")
	return nil
}
