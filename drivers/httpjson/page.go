package httpjson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

const (
	maxValues     = 300_000 // of an answer: decoded, each takes some 50 bytes
	maxRemembered = 1 << 20 // bytes of a page that is kept for the next poll
)

// A position is where a page is in its list. The zero position is the first page.
type position struct {
	count int    // pages, or records, before it
	token string // a cursor, or the path of a link; "": see count
}

// A page is one answer.
type page struct {
	items []mapping.Item
	count int       // records of the list, before filters
	next  *position // nil: it was the last
	same  bool      // the server says that it is as remembered
}

// remembered is a page as a server sent it, for a conditional request.
type remembered struct {
	path, etag string
	next       string // an answer of 304 may lack the Link header
	body       []byte
	details    map[string]any // of records that had not ended, by id
}

// page asks for one page. The first page of Read comes only if it changed: a short one is
// remembered for the next poll.
func (r *reader) page(ctx context.Context, read *mapping.Read, at position) (page, error) {
	request := r.request(read, at)
	conditional := read == &r.Read && at == position{} && request.Body == nil
	if conditional && r.list.page.path == request.Path {
		request.ETag = r.list.page.etag
	}
	response, err := r.Do(ctx, request)
	if read.Page.Number != nil && at.count > 0 && rest.IsStatus(err, http.StatusNotFound) {
		return page{}, nil // so some servers answer after the last page
	}
	if err != nil {
		return page{}, err
	}
	pg := page{same: response.Body == nil}
	if pg.same {
		response.Body, response.Next = r.list.page.body, r.list.page.next
	} else if conditional {
		r.list.page = remembered{}
		if response.ETag != "" && len(response.Body) <= maxRemembered {
			r.list.page = remembered{path: request.Path, etag: response.ETag, next: response.Next, body: response.Body}
		}
	}
	answer, err := decode(response.Body)
	if err == nil {
		pg.items, pg.count, err = read.Items(answer)
	}
	if err == nil && read.Page.Link {
		err = response.NextErr
	}
	if err != nil {
		return pg, r.Unexpected(response, err)
	}
	pg.next, err = next(&read.Page, at, pg.count, response.Next, answer)
	return pg, err
}

// next returns where the next page is; nil: there is none. How many records a page has says
// nothing: a server may send fewer than it was asked for.
func next(p *mapping.Paging, at position, count int, link string, answer any) (*position, error) {
	switch {
	case p.Link && link != "":
		return &position{at.count + 1, link}, nil
	case p.Number != nil && count > 0:
		return &position{count: at.count + 1}, nil
	case p.Offset != nil && count > 1:
		return &position{count: at.count + count - 1}, nil // it overlaps by one: see [reader.addPage]
	case p.Cursor != nil:
		token, more := p.Cursor.Next(answer)
		switch {
		case !more:
			return nil, nil
		case token == at.token:
			return nil, errors.New("page.cursor: the server gives the same cursor again")
		}
		return &position{at.count + 1, token}, nil
	}
	return nil, nil
}

// request returns the request for a page.
func (r *reader) request(read *mapping.Read, at position) rest.Request {
	values := map[string]string{"name": r.name, "since": r.since().UTC().Format(time.RFC3339)}
	q := rest.Request{Path: read.Get}
	if read.Post != nil {
		q = rest.Request{Path: read.Post.Path, Body: read.Post.Body}
	}
	p := &read.Page
	switch {
	case p.Link && at.token != "":
		return rest.Request{Path: at.token}
	case p.Number != nil:
		q.Path = withParameter(q.Path, p.Number.Parameter, strconv.Itoa(at.count+1))
	case p.Offset != nil:
		values["offset"], values["end"] = strconv.Itoa(at.count), strconv.Itoa(at.count+p.Offset.Size)
		q.Path = withParameter(q.Path, p.Offset.Parameter, values["offset"])
	case p.Cursor != nil && at.token != "" && q.Body == nil:
		q.Path = withParameter(q.Path, p.Cursor.Parameter, at.token)
	case p.Cursor != nil && at.token != "":
		q.Body = withField(read.Post.Body, strings.Split(p.Cursor.Parameter, "."), at.token)
	}
	q.Path = expand(q.Path, values)
	return q
}

// expand puts values in the place of {names}.
func expand(path string, values map[string]string) string {
	for name, value := range values {
		path = strings.ReplaceAll(path, "{"+name+"}", strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	return path
}

// withParameter adds a parameter to the query; without a name it does not.
func withParameter(path, name, value string) string {
	if name == "" {
		return path
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + url.QueryEscape(name) + "=" + url.QueryEscape(value)
}

// withField returns a copy of an object with a field set.
func withField(object map[string]any, path []string, value any) map[string]any {
	object = maps.Clone(object)
	if object == nil {
		object = map[string]any{}
	}
	if len(path) > 1 {
		inner, _ := object[path[0]].(map[string]any)
		value = withField(inner, path[1:], value)
	}
	object[path[0]] = value
	return object
}

// decode reads an answer. Numbers stay as they are written.
func decode(body []byte) (any, error) {
	tokens := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for n := 0; ; n++ {
		if n > maxValues {
			return nil, fmt.Errorf("the answer has more than %d values", maxValues)
		}
		if _, err := tokens.ReadToken(); err != nil {
			break // at its end, or at what json refuses too
		}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var answer any
	if err := d.Decode(&answer); err != nil {
		return nil, errors.New("the answer is not JSON") // the error would quote it
	}
	return answer, nil
}
