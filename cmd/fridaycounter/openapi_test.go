package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
)

// contract checks answers of a running counter against the OpenAPI document.
type contract struct {
	*testCounter
	router routers.Router
}

func newContract(t *testing.T, s *testCounter) *contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../drivers/web/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatalf("the document is not OpenAPI: %v", err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &contract{s, router}
}

// get asks for a path, checks the answer against the document, and returns it.
func (c *contract) get(path string, want int) string {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+c.address+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode != want {
		c.t.Errorf("%s: got %s, want %d: %s", path, resp.Status, want, body)
	}
	if err := c.check(r, resp, body); err != nil {
		c.t.Errorf("%s: %s: %v\n%s", path, resp.Status, err, body)
	}
	return string(body)
}

// check says what of an answer the document does not have.
func (c *contract) check(r *http.Request, resp *http.Response, body []byte) error {
	route, parameters, err := c.router.FindRoute(r)
	if err != nil {
		return err
	}
	request := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request, Status: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
		// Of what is no JSON the document has no more than the type.
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: !strings.Contains(resp.Header.Get("Content-Type"), "json")},
	}
	return openapi3filter.ValidateResponse(context.Background(), answer)
}

// TestOpenAPI asks a running counter for each path of the document.
func TestOpenAPI(t *testing.T) {
	s := newTestCounter(t)
	s.save("Friday")
	s.run()
	c := newContract(t, s)
	s.ready("/api/v1/explain", `"known": true`)
	for _, path := range []string{
		"/api/v1/streak", "/api/v1/explain", "/api/v1/explain?rule=no-Friday-deploys",
		"/api/v1/deployments", "/api/v1/deployments?limit=1&environment=Production&project=shop", "/api/v1/deployments?from=2020-01-01&until=2021-01-01",
		"/badge.svg", "/calendar.svg", "/frame.svg", "/healthz", "/metrics",
	} {
		c.get(path, http.StatusOK)
	}
	c.get("/api/v1/explain?rule=other", http.StatusNotFound)
	c.get("/api/v1/deployments?limit=x", http.StatusBadRequest)
	c.get("/api/v1/deployments?environment=Prodution", http.StatusBadRequest)
	c.get("/api/v1/deployments?after=1", http.StatusBadRequest)
	c.get("/api/v1/gate?environment=Prodution", http.StatusBadRequest)
	c.get("/api/v1/gate?environment=Production", map[bool]int{true: http.StatusTooEarly, false: http.StatusOK}[time.Now().In(demo.Zone()).Weekday() == time.Friday])

	t.Run("pages", func(t *testing.T) { c.checkPages() })
	t.Run("the gate says no", func(t *testing.T) {
		s.save(time.Now().In(demo.Zone()).Weekday().String())
		s.ready("/api/v1/gate", `"allowed": false`)
		c.get("/api/v1/gate", http.StatusTooEarly)
	})
	t.Run("it can fail", func(t *testing.T) {
		r, _ := http.NewRequest(http.MethodGet, "http://"+s.address+"/api/v1/streak", nil)
		resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}}
		for _, body := range []string{`{}`, `[]`, strings.Replace(c.get("/api/v1/streak", 200), `"weeks"`, `"weaks"`, 1), strings.Replace(c.get("/api/v1/streak", 200), `"known": true`, `"known": null`, 1)} {
			if c.check(r, resp, []byte(body)) == nil {
				t.Errorf("the document has %s", body)
			}
		}
	})
}

// checkPages reads all deployments page by page, and each once.
func (c *contract) checkPages() {
	type page struct {
		Deployments []struct{ ID, Version, URL string }
		Next        *string
	}
	var ids []string
	for after := ""; ; {
		var p page
		if err := json.Unmarshal([]byte(c.get("/api/v1/deployments?limit=97"+after, http.StatusOK)), &p); err != nil {
			c.t.Fatal(err)
		}
		for _, d := range p.Deployments {
			if d.URL != "" {
				c.t.Errorf("deployment %s: it tells the CI server: %s", d.ID, d.URL)
			}
			ids = append(ids, d.ID)
		}
		if p.Next == nil {
			break
		}
		after = "&after=" + *p.Next
	}
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(c.program("history", "--format", "csv")), "\n")[1:] {
		id, _, _ := strings.Cut(line, ",")
		want = append(want, id)
	}
	if strings.Join(ids, " ") != strings.Join(want, " ") || len(want) < 200 {
		c.t.Errorf("got %d deployments, the history lists %d, in the same order", len(ids), len(want))
	}
}

// TestOpenAPIPaths checks that docs/web.md has the paths of the document.
func TestOpenAPIPaths(t *testing.T) {
	page := manualPage(t, "docs/web.md")
	doc, err := openapi3.NewLoader().LoadFromFile("../../drivers/web/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		if !strings.Contains(page.text, "`"+path+"`") {
			t.Errorf("%s does not tell of %s", page.path, path)
		}
	}
}
