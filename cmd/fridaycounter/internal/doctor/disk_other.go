//go:build !linux

package doctor

func diskRefuses(string) string { return "" }
