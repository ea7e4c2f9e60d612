package posthog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

const (
	mega = 1 << 20
	huge = 300 * mega
)

// bomb is a gzip stream of n megabytes of zeros: many small members, as the
// format allows.
func bomb(t *testing.T, n int) []byte {
	t.Helper()
	var member bytes.Buffer
	z := gzip.NewWriter(&member)
	if _, err := z.Write(make([]byte, mega)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.Repeat(member.Bytes(), n)
}

// An answer above the limit is given up as soon as that is known. Its rest is not
// received.
func TestTooLarge(t *testing.T) {
	block := make([]byte, mega)
	zipped := bomb(t, huge/mega)
	received := make(chan int, 1)
	pour := func(w http.ResponseWriter, header, value string) {
		w.Header().Set(header, value)
		total := 0
		for total < huge {
			n, err := w.Write(block)
			total += n
			if err != nil {
				break
			}
		}
		received <- total
	}
	for name, h := range map[string]http.HandlerFunc{
		"declared": func(w http.ResponseWriter, _ *http.Request) { pour(w, "Content-Length", strconv.Itoa(huge)) },
		"chunked":  func(w http.ResponseWriter, _ *http.Request) { pour(w, "Content-Type", "application/json") },
		"gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped)
			received <- 0
		},
	} {
		for _, version := range []string{"HTTP/1.1", "HTTP/2"} {
			for _, r := range []*engine.Request{read(), write()} {
				t.Run(name+"/"+version+"/"+r.Method, func(t *testing.T) {
					srv := httptest.NewUnstartedServer(h)
					srv.EnableHTTP2 = version == "HTTP/2"
					srv.StartTLS()
					defer srv.Close()
					c, pauses := client(t, srv.URL)
					trust(c, srv)
					defer c.CloseIdle()

					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					res, err := c.Do(t.Context(), r)
					total := <-received
					runtime.ReadMemStats(&after)

					want := outcome{Requests: 1, Status: 200, Kind: engine.TooLarge, Sent: true}
					if diff := cmp.Diff(want, outcomeOf(1, *pauses, res, err)); diff != "" {
						t.Errorf("outcome (-want +got):\n%s", diff)
					}
					if f, ok := errors.AsType[*engine.Failure](err); !ok || f.Limit != maxAnswer {
						t.Errorf("got %+v", err)
					}
					if total > huge/4 {
						t.Errorf("%d MB left the server", total/mega)
					}
					// Client and server together; the race detector doubles it.
					if used := after.TotalAlloc - before.TotalAlloc; used > 64*mega {
						t.Errorf("%d MB were allocated", used/mega)
					}
				})
			}
		}
	}
}

// Answers up to the limit are whole, however they are framed.
func TestSizes(t *testing.T) {
	var plain, zip, chunk http.HandlerFunc
	body := func(r *http.Request) string {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		return strings.Repeat(fmt.Sprintf("%016d", n), n/16+1)[:n]
	}
	plain = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", r.URL.Query().Get("n"))
		_, _ = io.WriteString(w, body(r))
	}
	zip = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		_, _ = io.WriteString(z, body(r))
		_ = z.Close()
	}
	chunk = func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, body(r))
	}
	for name, h := range map[string]http.HandlerFunc{"plain": plain, "gzip": zip, "chunked": chunk} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(h)
			defer srv.Close()
			c, _ := client(t, srv.URL)
			defer c.CloseIdle()
			first, err := c.Do(t.Context(), &engine.Request{Method: "GET", Path: "/", Query: "n=2000"})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{0, 1, 511, 512, 20_000, 256<<10 + 1, maxAnswer} {
				r := read()
				r.Query = "n=" + strconv.Itoa(n)
				res, err := c.Do(t.Context(), r)
				if err != nil || string(res.Body) != body(&http.Request{URL: mustURL(t, "/?"+r.Query)}) {
					t.Fatalf("%d bytes: %v", n, err)
				}
				if (res.Body == nil) != (n == 0) {
					t.Errorf("%d bytes: nil is %v", n, res.Body == nil)
				}
			}
			if diff := cmp.Diff(strings.Repeat("0000000000002000", 125), string(first.Body)); diff != "" {
				t.Errorf("an answer changed under later ones:\n%s", diff)
			}
			r := read()
			r.Query = "n=" + strconv.Itoa(maxAnswer+1)
			_, err = c.Do(t.Context(), r)
			if f, ok := errors.AsType[*engine.Failure](err); !ok || f.Kind != engine.TooLarge {
				t.Errorf("one too many: %v", err)
			}
		})
	}
}
