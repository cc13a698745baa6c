package main

import (
	"io"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func printable(text string) string { return report.Printable(text) }

func plural(n int, noun string) string { return report.Plural(n, noun) }

func printJSON(w io.Writer, v any) error { return report.WriteJSON(w, v) }
