package main

import (
	"errors"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/engine"
)

// trouble tells the engine what kind of error a poll of Bamboo met.
func trouble(err error) error {
	if err == nil {
		return nil
	}
	t := &engine.Trouble{Err: err}
	if limit, ok := errors.AsType[*bamboo.RateLimitError](err); ok {
		t.RetryAfter = limit.RetryAfter
	}
	if _, ok := errors.AsType[*bamboo.AuthError](err); ok {
		t.Kind = engine.TroubleAuth
	} else if _, ok := errors.AsType[*bamboo.MissingError](err); ok {
		t.Kind = engine.TroubleMissing
	}
	return t
}
