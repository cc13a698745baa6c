package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A console is what the board wrote before it was switched off.
type console struct {
	board    string
	log      map[string][]string // of the counter, by step
	memory   map[string]int      // kB: "first VmRSS"
	counters map[string]int      // the kernel's own: messages, bytes, errors
	devices  devices
	trace    []event
}

// readConsole reads the sections that guest/init prints.
func readConsole(text string) (*console, error) {
	sections := map[string][]string{}
	name := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if title, ok := strings.CutPrefix(line, "== "); ok {
			name = title
			sections[name] = []string{}
			continue
		}
		sections[name] = append(sections[name], line)
	}
	for _, name := range []string{"board", "devices", "log", "memory", "counters", "trace", "end"} {
		if sections[name] == nil {
			return nil, fmt.Errorf("the board did not tell its %s", name)
		}
	}
	c := &console{board: strings.Join(sections["board"], " "), log: bySteps(sections["log"])}
	var err error
	if c.memory, err = figures(sections["memory"]); err != nil {
		return nil, err
	}
	if c.counters, err = figures(sections["counters"]); err != nil {
		return nil, err
	}
	if c.devices, err = readDevices(sections["devices"]); err != nil {
		return nil, err
	}
	c.trace, err = readTrace(sections["trace"])
	return c, err
}

// bySteps cuts the log at its marks.
func bySteps(lines []string) map[string][]string {
	log, step := map[string][]string{}, ""
	for _, line := range lines {
		if name, ok := strings.CutPrefix(line, "step "); ok {
			step = name
			continue
		}
		log[step] = append(log[step], line)
	}
	return log
}

// figures reads lines like "first VmRSS:	   14408 kB" and "messages:48".
func figures(lines []string) (map[string]int, error) {
	all := map[string]int{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(value, "kB")))
		if !ok || err != nil {
			return nil, fmt.Errorf("%q: want a name, a colon and a number", line)
		}
		all[name] = n
	}
	return all, nil
}
