package page

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func BenchmarkPage(b *testing.B) {
	h := New(configs(b)["passthrough"])
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", http.NoBody)
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
