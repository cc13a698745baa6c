package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A Document is an answer with its entity tag.
type Document struct {
	body []byte
	tag  string
}

// NewDocument returns an answer as JSON. Its tag is a digest of same: the answer without
// what changes by itself, such as the instant. A client that has the tag is not sent the
// answer again (RFC 9110, weak comparison). The error is that of [json.Marshal].
func NewDocument(answer, same any) (Document, error) {
	body, err := json.MarshalIndent(answer, "", "  ")
	stable, sameErr := json.Marshal(same)
	if err := errors.Join(err, sameErr); err != nil {
		return Document{}, fmt.Errorf("web: write an answer: %w", err)
	}
	return Document{append(body, '\n'), "W/" + tagOf(stable)}, nil
}

// tagOf returns the entity tag of some bytes.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// serve answers with a body, or with 304 if the client has it.
func serve(w http.ResponseWriter, r *http.Request, contentType, tag string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache") // ask each time whether it still holds
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

const jsonType = "application/json"

// serve answers with the document, or with 503 if it is not known yet.
func (d Document) serve(w http.ResponseWriter, r *http.Request) {
	if d.body == nil {
		problem(w, http.StatusServiceUnavailable, "nothing is known yet")
		return
	}
	serve(w, r, jsonType, d.tag, d.body)
}

// problem answers with an error (RFC 9457).
func problem(w http.ResponseWriter, status int, detail string) {
	body, _ := json.Marshal(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "10")
	}
	answer(w, status, "application/problem+json", string(body))
}

// plain answers with text.
func plain(w http.ResponseWriter, status int, text string) {
	answer(w, status, "text/plain; charset=utf-8", text)
}

// answer answers with what holds only now.
func answer(w http.ResponseWriter, status int, contentType, body string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, body)
}
