package guard

import "net/http"

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
