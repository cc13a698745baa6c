package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the platform",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(p.stdout, "fridaycounter %s (commit %s) %s %s/%s\n",
				build.Version(), build.Commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
