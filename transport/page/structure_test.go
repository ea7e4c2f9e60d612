package page

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// What people with a keyboard, a screen reader or a strict browser rely on.
func TestStructure(t *testing.T) {
	for name, c := range configs(t) {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, get(t, c))
			root := one(t, doc, named("html"))
			if attribute(root, "lang") != "en" || text(one(t, doc, named("title"))) == "" {
				t.Error("the document has no language or no title")
			}
			for _, landmark := range []string{"header", "nav", "main", "search", "footer", "h1"} {
				one(t, doc, named(landmark))
			}
			checkHeadings(t, doc)
			checkReferences(t, doc)
			checkControls(t, doc)
			checkInert(t, doc)
		})
	}
}

// checkHeadings requires that no level is skipped: people jump between headings.
func checkHeadings(t *testing.T, doc *html.Node) {
	t.Helper()
	last := byte('0')
	for _, h := range all(doc, named("h1", "h2", "h3", "h4", "h5", "h6")) {
		if h.Data[1] > last+1 {
			t.Errorf("%s %q follows an h%c", h.Data, text(h), last)
		}
		last = h.Data[1]
	}
	for _, s := range all(doc, named("section")) {
		if len(all(s, named("h1"))) == 0 && attribute(s, "aria-labelledby") == "" {
			t.Error("a section has no name")
		}
	}
}

// checkReferences requires unique ids, and an id for every reference.
func checkReferences(t *testing.T, doc *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("the id %q stands twice", id)
			}
			ids[id] = true
		}
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			reference := a.Val
			switch a.Key {
			case "for", "data-copy", "aria-labelledby", "aria-describedby", "aria-controls":
			case "href":
				fragment, ok := strings.CutPrefix(a.Val, "#")
				if !ok {
					continue
				}
				reference = fragment
			default:
				continue
			}
			if !ids[reference] {
				t.Errorf("%s=%q leads nowhere", a.Key, a.Val)
			}
		}
	}
}

// checkControls requires a name for every control.
func checkControls(t *testing.T, doc *html.Node) {
	t.Helper()
	labels := map[string]string{}
	for _, l := range all(doc, named("label")) {
		labels[attribute(l, "for")] = text(l)
	}
	for _, c := range all(doc, named("input", "select", "textarea")) {
		if labels[attribute(c, "id")] == "" {
			t.Errorf("no label for the %s %q", c.Data, attribute(c, "id"))
		}
	}
	said := map[string]bool{}
	for _, b := range all(doc, named("button", "summary", "a")) {
		if text(b) == "" || said[b.Data+text(b)] {
			t.Errorf("a %s says nothing, or what another one says: %q", b.Data, text(b))
		}
		said[b.Data+text(b)] = true
		if b.Data == "button" && (attribute(b, "type") != "button" || !slices.ContainsFunc(b.Attr, func(a html.Attribute) bool { return a.Key == "hidden" })) {
			t.Errorf("the button %q is there without the script, or would send a form", text(b))
		}
	}
}

// checkInert refuses elements that the policy forbids, or that load something.
func checkInert(t *testing.T, doc *html.Node) {
	t.Helper()
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "srcset" || a.Key == "action" || a.Key == "http-equiv" {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
			if a.Key == "href" {
				checkLink(t, n, a.Val)
			}
		}
		if named("form", "iframe", "object", "embed", "base", "img")(n) && n.Type == html.ElementNode {
			t.Errorf("a <%s>", n.Data)
		}
	}
}

func checkLink(t *testing.T, n *html.Node, to string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"", "https", "cursor", "vscode", "vscode-insiders", "lmstudio"}
	if n.Data == "link" {
		allowed = []string{"data"}
	}
	if !slices.Contains(allowed, u.Scheme) {
		t.Errorf("<%s href=%q>", n.Data, to)
	}
}
