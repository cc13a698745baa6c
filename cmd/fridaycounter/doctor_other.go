//go:build !linux

package main

func diskRefuses(string) string { return "" }
