package query

import (
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// ParseKey reads a source as "history check" lists it: its name, a blank and its address, of which
// a scheme is cut off.
func ParseKey(text string) (source.Key, error) {
	name, address, _ := strings.Cut(text, " ")
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	if name == "" || address == "" {
		return source.Key{}, fmt.Errorf("%q is not a source: want its name and address, like \"bamboo ci.example.com\" (hint: fridaycounter history check lists them)", text)
	}
	return source.Key{Name: name, Address: strings.TrimRight(address, "/")}, nil
}

// FindEnvironment returns the source that has an environment, and the environment's id there. The
// text is that id, or SOURCE/ID.
func FindEnvironment(sources []source.Known, text string) (known source.Known, id string, err error) {
	found := 0
	for _, k := range sources {
		if name, rest, ok := strings.Cut(text, "/"); ok && name == k.Name && k.Environment(rest) != nil {
			return k, rest, nil
		}
		if k.Environment(text) != nil {
			known = k
			found++
		}
	}
	switch {
	case found == 0:
		err = fmt.Errorf("no environment has the id %q (hint: fridaycounter explain prints the line for each that is gone)", text)
	case found > 1:
		err = fmt.Errorf("environments of %d sources have the id %q: want SOURCE/ID", found, text)
	}
	return known, text, err
}
