package sandbox

import (
	"embed"
	"net/http"
	"path"
)

//go:embed page
var pages embed.FS

// servePage shows the sandbox to a person: outbox and state, live. Titles in it
// are anybody's; the policy keeps the browser from loading or running anything
// that is not the page's own.
func servePage(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	switch name {
	case "page.css", "page.js":
	case path.Base(home):
		if r.URL.Path == home {
			http.Redirect(w, r, home+"/", http.StatusFound)
			return
		}
		name = "index.html"
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.ServeFileFS(w, r, pages, "page/"+name)
}
