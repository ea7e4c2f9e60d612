// Command sink plays the OpenTelemetry collector: it takes whatever is posted,
// and answers a GET with what came to that path so far. It is a process of its
// own, so that the work of the upstream is the same with traces and without.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"sync"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "loopback address to listen on")
	flag.Parse()
	log.Fatal(http.ListenAndServe(*addr, &sink{spans: map[string]int{}}))
}

// sink counts spans by the path that they were posted to.
type sink struct {
	mu    sync.Mutex
	spans map[string]int
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		fmt.Fprint(w, s.add(r.URL.Path, 0))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.add(r.URL.Path, spans(body))
	w.Header().Set("Content-Type", "application/x-protobuf") // of an empty response, which is no bytes
}

// add returns how many there are then.
func (s *sink) add(path string, n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans[path] += n
	return s.spans[path]
}
