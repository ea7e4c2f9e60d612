// Command upstream plays the PostHog API for the benchmark: it answers the three
// subscription reads with realistic bytes, encoded once at start so that a call
// costs it as little as net/http allows.
package main

import (
	"flag"
	"log"
	"net"
	"net/http"
	"strconv"
)

// pageSize is the API's default page, and here also its largest.
const pageSize = 100

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "loopback address to listen on")
	flag.Parse()
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	answers := encode("http://" + listener.Addr().String())
	log.Fatal(http.Serve(listener, answers.routes()))
}

// answers holds every body there is.
type answers struct {
	objects [][]byte // objects[i] is subscription i+1
	pages   [][]byte // pages[n] has n results; pages[0] the default page, as the API takes limit=0
	quota   []byte
}

func (a *answers) routes() http.Handler {
	const base = "GET /api/projects/@current/subscriptions/"
	mux := http.NewServeMux()
	mux.HandleFunc(base+"{$}", func(w http.ResponseWriter, r *http.Request) {
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit")) // not a number: the default page
		if limit < 0 || limit > pageSize {
			limit = 0
		}
		write(w, a.pages[limit])
	})
	mux.HandleFunc(base+"{id}/{$}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil || id < 1 || id > len(a.objects) {
			http.Error(w, `{"type":"invalid_request","code":"not_found","detail":"Not found.","attr":null}`, http.StatusNotFound)
			return
		}
		write(w, a.objects[id-1])
	})
	// Users are throttled, but for their hedgehogs: a limiter shows itself by that.
	mux.HandleFunc("GET /api/users/{uuid}/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, `{"type":"throttled_error","code":"throttled","detail":"Request was throttled. Expected available in 60 seconds.","attr":null}`, http.StatusTooManyRequests)
	})
	mux.HandleFunc("GET /api/users/{uuid}/hedgehog_config/{$}", func(w http.ResponseWriter, _ *http.Request) { write(w, []byte("{}")) })
	mux.HandleFunc(base+"summary_quota/{$}", func(w http.ResponseWriter, _ *http.Request) { write(w, a.quota) })
	return mux
}

func write(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}
