package web

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// dom is a page as a browser reads it.
type dom struct{ root *html.Node }

func parsePage(t testing.TB, page []byte) dom {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return dom{root}
}

// elements returns those that are wanted, in the order of the page.
func (d dom) elements(want func(*html.Node) bool) []*html.Node {
	var list []*html.Node
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && want(n) {
			list = append(list, n)
		}
	}
	return list
}

func (d dom) named(name string) []*html.Node {
	return d.elements(func(n *html.Node) bool { return n.Data == name })
}

// id returns the element of an id.
func (d dom) id(t testing.TB, id string) *html.Node {
	t.Helper()
	list := d.elements(func(n *html.Node) bool { return attr(n, "id") == id })
	if len(list) != 1 {
		t.Fatalf("%d elements of id %q", len(list), id)
	}
	return list[0]
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text returns what an element says, with single blanks.
func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// within reports whether n is inside an element of this name.
func within(n *html.Node, name string) bool {
	for a := range n.Ancestors() {
		if a.Data == name {
			return true
		}
	}
	return false
}
