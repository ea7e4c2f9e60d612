package page

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// all returns the matching elements of the document, in order.
func all(doc *html.Node, is func(*html.Node) bool) (found []*html.Node) {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && is(n) {
			found = append(found, n)
		}
	}
	return found
}

// one returns the only matching element.
func one(t testing.TB, doc *html.Node, is func(*html.Node) bool) *html.Node {
	t.Helper()
	found := all(doc, is)
	if len(found) != 1 {
		t.Fatalf("%d elements where one is wanted", len(found))
	}
	return found[0]
}

func named(names ...string) func(*html.Node) bool {
	return func(n *html.Node) bool {
		for _, name := range names {
			if n.Data == name {
				return true
			}
		}
		return false
	}
}

func withID(id string) func(*html.Node) bool {
	return func(n *html.Node) bool { return attribute(n, "id") == id }
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasClass(n *html.Node, class string) bool {
	return strings.Contains(" "+attribute(n, "class")+" ", " "+class+" ")
}

// text returns the text of an element, with white space as browsers show it.
func text(n *html.Node) string {
	var words strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			words.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(words.String()), " ")
}

// facts returns the page's facts, by name.
func facts(t testing.TB, doc *html.Node) map[string]string {
	t.Helper()
	list := one(t, doc, func(n *html.Node) bool { return hasClass(n, "facts") })
	names, values := all(list, named("dt")), all(list, named("dd"))
	if len(names) != len(values) {
		t.Fatalf("%d facts have %d values", len(names), len(values))
	}
	found := map[string]string{}
	for i := range names {
		found[text(names[i])] = text(values[i])
	}
	return found
}
