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

func TestHostNames(t *testing.T) {
	for host, want := range map[string][2]bool{ // valid, loopback
		"localhost": {true, true}, "LOCALHOST.:80": {true, true}, "127.9.9.9": {true, true}, "[::1]:8080": {true, true},
		"mcp.example.com:8443": {true, false}, "localhost.evil.example": {true, false}, "0.0.0.0": {true, false},
		"": {false, false}, "a b": {false, false}, "localhost:x": {false, false}, "user@localhost": {false, false}, "büro.example": {false, false},
	} {
		if got := [2]bool{ValidHost(host), LoopbackHost(host)}; got != want {
			t.Errorf("%q: valid and loopback are %v, want %v", host, got, want)
		}
	}
}
