package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

const (
	maxPostAnswer = 4 << 10 // bytes that are read of an answer
	maxPostHeader = 64 << 10
)

// PostTransport returns the transport of Post. proxy is that of http.Transport.
func PostTransport(proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	return &http.Transport{Proxy: proxy, DisableKeepAlives: true, MaxResponseHeaderBytes: maxPostHeader}
}

// Post posts JSON once, for those who tell and ask nothing. It follows no redirect, which could lead a
// secret in the address elsewhere. No error has anything of the address, nor of what was answered. The
// body of the answer is closed.
func Post(ctx context.Context, t http.RoundTripper, timeout time.Duration, address, agent string, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("not a URL")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", agent)
	client := http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if e, ok := errors.AsType[*url.Error](err); ok {
		if err = e.Err; e.Timeout() {
			return nil, fmt.Errorf("no answer within %v", timeout)
		}
	}
	if err != nil { // net/http quotes what it was sent, and a server may send the address
		text, _, _ := strings.Cut(err.Error(), `"`)
		text = strings.ReplaceAll(text, r.URL.Hostname(), "its host")
		return nil, errors.New("no answer: " + source.TextOf(strings.TrimRight(text, " :"), 200))
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, maxPostAnswer)
	return answer, nil
}
