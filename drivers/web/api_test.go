package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/web"
)

func document(t testing.TB, at, weeks int) web.Document {
	t.Helper()
	type answer struct{ At, Weeks int }
	d, err := web.NewDocument(answer{at, weeks}, answer{0, weeks})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestUnmodified(t *testing.T) {
	w := newTestServer(t, nil)
	w.show(t, "3", 8)
	w.Publish(web.View{At: time.Unix(1e9, 0), Streak: document(t, 1, 3)})
	for _, path := range []string{"/", "/style.css", "/live.js", "/frame.svg", "/frame.png", "/badge.svg", "/api/v1/streak", "/api/v1/openapi.json"} {
		resp, body := w.get(t, path)
		tag := resp.Header.Get("ETag")
		if resp.StatusCode != http.StatusOK || tag == "" || body == "" {
			t.Errorf("%s: got %s, ETag %s, %d bytes", path, resp.Status, tag, len(body))
			continue
		}
		for _, header := range []string{tag, `"other", ` + tag, strings.TrimPrefix(tag, "W/"), "*"} {
			resp, body := w.get(t, path, "If-None-Match", header)
			if resp.StatusCode != http.StatusNotModified || body != "" || resp.Header.Get("ETag") != tag {
				t.Errorf("%s, If-None-Match %s: got %s, %d bytes, want 304", path, header, resp.Status, len(body))
			}
		}
		if resp, _ := w.get(t, path, "If-None-Match", `"other"`); resp.StatusCode != http.StatusOK {
			t.Errorf("%s, another tag: got %s", path, resp.Status)
		}
		head, body := w.do(t, http.MethodHead, path, nil)
		if head.StatusCode != http.StatusOK || head.Header.Get("ETag") != tag || body != "" || head.ContentLength <= 0 {
			t.Errorf("HEAD %s: got %s, ETag %s, %d bytes", path, head.Status, head.Header.Get("ETag"), head.ContentLength)
		}
	}
	resp, _ := w.get(t, "/api/v1/streak")
	tag := resp.Header.Get("ETag")
	w.Publish(web.View{At: time.Unix(1e9+1, 0), Streak: document(t, 2, 3)})
	if resp, _ := w.get(t, "/api/v1/streak", "If-None-Match", tag); resp.StatusCode != http.StatusNotModified {
		t.Errorf("later: got %s, want 304", resp.Status)
	}
	w.Publish(web.View{At: time.Unix(1e9+2, 0), Streak: document(t, 3, 4)})
	if resp, _ := w.get(t, "/api/v1/streak", "If-None-Match", tag); resp.StatusCode != http.StatusOK {
		t.Errorf("another week: got %s, want 200", resp.Status)
	}
	_, page := w.get(t, "/")
	w.show(t, "4", 8)
	if _, other := w.get(t, "/"); page == other {
		t.Error("the page does not have the new frame")
	}
}

func TestGate(t *testing.T) {
	w := newTestServer(t, func(o *web.Opts) {
		o.Gate = func(_, project, environment string) (web.Gate, error) {
			switch environment {
			case "Staging":
				return web.Gate{Allowed: true, Wait: time.Hour, Answer: map[string]string{"project": project}}, nil
			case "Production":
				return web.Gate{Wait: 90*time.Second + 1, Answer: 1}, nil
			case "Never":
				return web.Gate{Answer: 1}, nil
			case "Odd":
				return web.Gate{}, &web.RequestError{Err: errors.New("environment: the policy does not name it")}
			}
			return web.Gate{}, fmt.Errorf("reading https://secret.example.com: %w", web.ErrUnavailable)
		}
	})
	for _, c := range []struct {
		query, retry, want string
		status             int
	}{
		{"?environment=Staging&project=shop", "", `"project": "shop"`, 200},
		{"?environment=Production", "91", "1", 425},
		{"?environment=Never", "", "1", 425},
		{"?environment=Odd", "", "environment: the policy does not name it", 400},
		{"", "10", "not known", 503},
	} {
		resp, body := w.get(t, "/api/v1/gate"+c.query)
		if resp.StatusCode != c.status || resp.Header.Get("Retry-After") != c.retry || !strings.Contains(body, c.want) || strings.Contains(body, "secret") {
			t.Errorf("%s: got %s, Retry-After %q, %s", c.query, resp.Status, resp.Header.Get("Retry-After"), body)
		}
		if resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a cache may keep the answer", c.query)
		}
	}
}

func TestDeployments(t *testing.T) {
	var query web.Query
	w := newTestServer(t, func(o *web.Opts) {
		o.Deployments = func(_ context.Context, q web.Query) (any, error) {
			query = q
			if q.After == "bad" {
				return nil, &web.RequestError{Err: errors.New("after: no such place")}
			}
			return []string{"one"}, nil
		}
	})
	resp, body := w.get(t, "/api/v1/deployments?environment=%2FProd%2F&from=2026-01-01&limit=7&after=1.2")
	if want := (web.Query{Environment: "/Prod/", From: "2026-01-01", Limit: 7, After: "1.2"}); resp.StatusCode != 200 || query != want {
		t.Errorf("got %s, query %+v, want %+v", resp.Status, query, want)
	}
	if resp, _ := w.get(t, "/api/v1/deployments?environment=%2FProd%2F", "If-None-Match", resp.Header.Get("ETag")); resp.StatusCode != 304 || query.Limit != 100 {
		t.Errorf("again: got %s, query %+v\n%s", resp.Status, query, body)
	}
	if resp, body := w.get(t, "/api/v1/deployments?after=bad"); resp.StatusCode != 400 || !strings.Contains(body, "after: no such place") {
		t.Errorf("bad place: got %s, %s", resp.Status, body)
	}
}

func TestExplain(t *testing.T) {
	w := newTestServer(t, nil)
	if resp, _ := w.get(t, "/api/v1/explain?rule=other"); resp.StatusCode != 503 {
		t.Errorf("nothing known: got %s, want 503", resp.Status)
	}
	w.Publish(web.View{Explanations: map[string]web.Document{"": document(t, 1, 1), "fridays": document(t, 1, 1), "nights": document(t, 1, 2)}})
	for query, want := range map[string]string{"": `"Weeks": 1`, "?rule=nights": `"Weeks": 2`, "?rule=fridays": `"Weeks": 1`} {
		if resp, body := w.get(t, "/api/v1/explain"+query); resp.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: got %s, %s", query, resp.Status, body)
		}
	}
	resp, body := w.get(t, "/api/v1/explain?rule=other")
	var problem struct {
		Status int
		Detail string
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil || resp.StatusCode != 404 || problem.Status != 404 || problem.Detail != `there is no rule "other"` {
		t.Errorf("got %s, %s, %v", resp.Status, body, err)
	}
}

func TestPanic(t *testing.T) {
	w := newTestServer(t, func(o *web.Opts) {
		o.Gate = func(string, string, string) (web.Gate, error) { panic("a bug") }
	})
	if resp, body := w.get(t, "/api/v1/gate"); resp.StatusCode != 500 || strings.Contains(body, "bug") {
		t.Errorf("got %s, %s", resp.Status, body)
	}
	if err := w.display.Show(lit(t, "1", 1)); err == nil || !strings.Contains(err.Error(), "a bug") {
		t.Errorf("got %v, want the bug", err)
	}
	if err := w.display.Show(lit(t, "2", 1)); err != nil {
		t.Errorf("the next time: got %v", err)
	}
}
