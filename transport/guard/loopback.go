package guard

import (
	"net/http"
	"strings"
)

// ValidHost tells whether host, with or without a port, is one that a Host
// header can carry here.
func ValidHost(host string) bool {
	_, ok := parseAuthority(host)
	return ok
}

// LoopbackHost tells whether host, with or without a port, names this machine
// and can name no other.
func LoopbackHost(host string) bool {
	a, ok := parseAuthority(host)
	return ok && loopback(strings.TrimSuffix(a.host, "."))
}

// LoopbackNames refuses requests that do not name a loopback host: a web page
// whose own name was pointed at this machine is not to drive a local service.
func LoopbackNames(next http.Handler) http.Handler {
	var names hostList
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := names.check(r.Host); f != nil {
			f.write(newResponse(w, r))
			return
		}
		next.ServeHTTP(w, r)
	})
}
