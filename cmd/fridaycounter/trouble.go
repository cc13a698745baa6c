package main

import (
	"errors"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/engine"
)

// trouble tells the engine what kind of error a poll met.
func trouble(err error) error {
	if err == nil {
		return nil
	}
	t := &engine.Trouble{Err: err}
	if limit, ok := errors.AsType[*bamboo.RateLimitError](err); ok {
		t.RetryAfter = limit.RetryAfter
	}
	if auth, ok := errors.AsType[*bamboo.AuthError](err); ok {
		t.Kind, t.Unasked = engine.TroubleAuth, auth.Latched
	} else if missing(err) {
		t.Kind = engine.TroubleMissing
	}
	return t
}

// missing reports whether a configured environment was not found.
func missing(err error) bool {
	if _, ok := errors.AsType[*bamboo.MissingError](err); ok {
		return true
	}
	_, ok := errors.AsType[*jsonl.MissingError](err)
	return ok
}
