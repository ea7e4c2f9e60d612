package page

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

// The browser hashes the element's text as it parses it. If the template changed one
// byte, the browser would ignore the style and the script.
func TestPolicy(t *testing.T) {
	for name, c := range configs(t) {
		w := get(t, c)
		doc := parse(t, w)
		want := http.Header{
			"Content-Type":                 {"text/html; charset=utf-8"},
			"X-Content-Type-Options":       {"nosniff"},
			"Referrer-Policy":              {"no-referrer"},
			"Cross-Origin-Opener-Policy":   {"same-origin"},
			"Cross-Origin-Resource-Policy": {"same-origin"},
			"Cache-Control":                {"no-store"},
			"Vary":                         {"Origin"},
			"Content-Security-Policy": {"default-src 'none'; style-src " + hashed(one(t, doc, named("style"))) +
				"; script-src " + hashed(one(t, doc, named("script"))) +
				"; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" +
				"; require-trusted-types-for 'script'; trusted-types 'none'"},
		}
		got := w.Header().Clone()
		got.Del("Content-Length")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func hashed(n *html.Node) string {
	sum := sha256.Sum256([]byte(n.FirstChild.Data))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Even an impossible Host and configuration stay text.
func TestHostile(t *testing.T) {
	const hostile = `https://x.example/"'></script></style></pre><script>alert(1)</script><b id=q onclick=x>{{.}}`
	c := configs(t)["passthrough"]
	box := *c.Toolbox
	box.Host, c.Toolbox, c.PublicURL = hostile, &box, hostile
	doc := parse(t, get(t, c))
	one(t, doc, named("script"))
	one(t, doc, named("style"))
	one(t, doc, withID("q"))
	checkInert(t, doc)
	if got := facts(t, doc)["PostHog"]; got != strings.Join(strings.Fields(hostile), " ") {
		t.Errorf("the address reads %q", got)
	}
}
