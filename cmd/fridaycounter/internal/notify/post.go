package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

const (
	timeout   = 10 * time.Second // of a request
	maxAnswer = 4 << 10          // bytes that are read of an answer
	maxHeader = 64 << 10
)

// newClient returns what sends requests. It follows no redirects: they could lead the URL's secret elsewhere.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

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

// ParseURL parses the URL of a webhook. No error has anything of it.
func ParseURL(secret string) (*url.URL, error) {
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
func post(ctx context.Context, client *http.Client, secret, body string) (wait time.Duration, err error) {
	u, err := ParseURL(secret)
	if err != nil {
		return 0, err
	}
	if body, err = forHost(u.Hostname(), body); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, secret, strings.NewReader(body))
	if err != nil {
		return 0, errors.New("the secret is no URL")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "fridaycounter/"+build.Version())
	answer, err := client.Do(r)
	if err != nil {
		return 0, errors.New(cause(err, u))
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
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

// cause says why there was no answer. net/http quotes what it was sent, and a server may send the URL.
func cause(err error, u *url.URL) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		if err = e.Err; e.Timeout() {
			return "no answer within " + timeout.String()
		}
	}
	text, _, _ := strings.Cut(err.Error(), `"`)
	text = strings.ReplaceAll(text, u.Hostname(), "its host")
	return "no answer: " + source.TextOf(strings.TrimRight(text, " :"), 200)
}
