package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

const (
	timeout    = 10 * time.Second       // of a request
	endTimeout = 500 * time.Millisecond // of one that runs when the program ends: a receiver that has the payload tells it
)

// A refusal is an answer that the same request gets again: the URL is wrong or not valid any more, or
// the receiver does not want the payload.
type refusal struct{ status int }

func (r *refusal) Error() string {
	text := fmt.Sprintf("it answers %d %s", r.status, http.StatusText(r.status))
	if r.status < 400 {
		text += ", and redirects are not followed"
	}
	return text
}

// parseURL parses the URL of a webhook. No error has anything of it.
func parseURL(secret string) (*url.URL, error) {
	u, err := url.Parse(secret)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the secret is not a URL that begins with https://")
	case u.Scheme == "http" && !source.IsLoopback(u.Hostname()):
		return nil, errors.New("the URL is not encrypted: want https://, and http:// only to this machine")
	}
	return u, nil
}

// post sends a payload to a URL. No error has anything of the URL, nor of what was answered. wait
// is how long the receiver wants to be left alone.
func post(ctx context.Context, transport http.RoundTripper, secret, body string) (wait time.Duration, err error) {
	u, err := parseURL(secret)
	if err != nil {
		return 0, err
	}
	if body, err = forHost(u.Hostname(), body); err != nil {
		return 0, err
	}
	posting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(endTimeout, cancel) })()
	answer, err := rest.Post(posting, transport, timeout, secret, "fridaycounter/"+build.Version(), []byte(body))
	if err != nil {
		return 0, err
	}
	switch code := answer.StatusCode; {
	case 200 <= code && code < 300:
		return 0, nil
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // 0: it does not say, or says a date
		return time.Duration(min(max(0, seconds), 3600)) * time.Second, fmt.Errorf("it answers %d %s", code, http.StatusText(code))
	default:
		return 0, &refusal{code}
	}
}
