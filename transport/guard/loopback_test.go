package guard

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestLoopbackNames(t *testing.T) {
	handler := LoopbackNames(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for host, want := range map[string]int{
		"localhost": http.StatusTeapot, "127.0.0.1:8010": http.StatusTeapot, "[::1]:8010": http.StatusTeapot,
		"evil.example": http.StatusForbidden, "evil.example:8010": http.StatusForbidden, "": http.StatusForbidden,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q: %d, not %d", host, w.Code, want)
		}
	}
}
