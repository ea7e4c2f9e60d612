package guard_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/transport/guard"
)

func TestContentType(t *testing.T) {
	h := wrap(t, options(), http.HandlerFunc(reach))
	for _, c := range []struct {
		header http.Header
		ok     bool
	}{
		{http.Header{"Content-Type": {"application/json"}}, true},
		{http.Header{"Content-Type": {"Application/JSON"}}, true},
		{http.Header{"Content-Type": {"application/json; charset=utf-8"}}, true},
		{http.Header{"Content-Type": {`application/json;charset="UTF-8"; v=1`}}, true},
		{http.Header{"Content-Type": {"application/json; charset=utf8"}}, true},
		{http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"identity"}}, true},
		{http.Header{}, false},
		{http.Header{"Content-Type": {""}}, false},
		{http.Header{"Content-Type": {"text/plain"}}, false},
		{http.Header{"Content-Type": {"text/plain; application/json"}}, false},
		{http.Header{"Content-Type": {"application/json, text/plain"}}, false},
		{http.Header{"Content-Type": {"application/json", "application/json"}}, false},
		{http.Header{"Content-Type": {"application/json; charset=utf-16"}}, false},
		{http.Header{"Content-Type": {"application/json; charset="}}, false},
		{http.Header{"Content-Type": {"application/json; charset=utf-8; charset=utf-16"}}, false},
		{http.Header{"Content-Type": {"application/jsonp"}}, false},
		{http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, false},
		{http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, false},
		{http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, false},
		{http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"identity", "gzip"}}, false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader("{}"))
		r.Host = "localhost"
		r.Header = c.header
		r.Header.Set("Authorization", "Bearer "+goodToken)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		want := http.StatusUnsupportedMediaType
		if c.ok {
			want = http.StatusOK
		}
		if w.Code != want {
			t.Errorf("%v: got %d, want %d", c.header, w.Code, want)
		}
	}
}

// sight is what a handler sees of a body.
type sight struct {
	Body    string
	Length  int64
	Chunked []string
	Trailer http.Header
}

func TestBodiesArriveWhole(t *testing.T) {
	full := strings.Repeat("x", smallBody)
	for _, c := range []struct {
		method, body string
		chunked      bool
		status       int
		want         string
	}{
		{"POST", "", false, 200, ""},
		{"POST", "{}", false, 200, "{}"},
		{"POST", "{}", true, 200, "{}"},
		{"POST", full, false, 200, full},
		{"POST", full, true, 200, full},
		{"POST", full + "y", false, 413, ""},
		{"POST", full + "y", true, 413, ""},
		{"POST", strings.Repeat(full, 20000), true, 413, ""},
		{"GET", "{}", false, 200, ""},
		{"GET", "{}", true, 200, ""},
		{"GET", full + "y", true, 413, ""},
		{"DELETE", "{}", false, 200, ""},
	} {
		for _, version := range []int{1, 2} {
			t.Run(fmt.Sprintf("HTTP/%d %s %d chunked=%v", version, c.method, len(c.body), c.chunked), func(t *testing.T) {
				var seen sight
				s := httptest.NewUnstartedServer(wrap(t, options(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					seen = sight{string(body), r.ContentLength, r.TransferEncoding, r.Trailer}
				})))
				s.EnableHTTP2 = version == 2
				s.StartTLS()
				defer s.Close()
				r := request(t, c.method, s.URL+"/mcp", c.body)
				if c.chunked {
					r.Body, r.ContentLength = io.NopCloser(strings.NewReader(c.body)), -1
					r.Trailer = http.Header{"X-Late": {"1"}}
				}
				answer, text := do(t, s.Client(), r)
				if answer.ProtoMajor != version || answer.StatusCode != c.status {
					t.Fatalf("HTTP/%d answer %d: %s", answer.ProtoMajor, answer.StatusCode, text)
				}
				if c.status == http.StatusOK && answer.Close {
					t.Error("the connection is not kept")
				}
				if d := cmp.Diff(sight{Body: c.want, Length: int64(len(c.want))}, seen); d != "" {
					t.Errorf("body in the handler (-want +got):\n%s", d)
				}
			})
		}
	}
}

func TestDefaultLimitIsOneMiB(t *testing.T) {
	h := wrap(t, guard.Options{Auth: guard.NoAuth}, http.HandlerFunc(reach))
	for size, want := range map[int]int{1 << 20: http.StatusOK, 1<<20 + 1: http.StatusRequestEntityTooLarge} {
		for _, declared := range []bool{true, false} {
			r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(strings.Repeat("x", size)))
			r.Host = "localhost"
			r.Header.Set("Content-Type", "application/json")
			if !declared {
				r.ContentLength = -1
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%d bytes, declared %v: got %d, want %d", size, declared, w.Code, want)
			}
		}
	}
}

// spy counts the reads of a body.
type spy struct {
	io.ReadCloser
	reads *atomic.Int64
}

func (s spy) Read(p []byte) (int, error) {
	s.reads.Add(1)
	return s.ReadCloser.Read(p)
}

// None of these bodies ever arrives: an answer that waited for one would not
// come.
func TestRefusedBodiesAreNotReadOrWaitedFor(t *testing.T) {
	const post = "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
	const auth = "Authorization: Bearer " + goodToken + "\r\n"
	for _, c := range []struct {
		name, request string
		want          int
	}{
		{"no token", fmt.Sprintf(post, "/mcp", "localhost") + "Content-Length: 10\r\n\r\n", 401},
		{"no token, chunked", fmt.Sprintf(post, "/mcp", "localhost") + "Transfer-Encoding: chunked\r\n\r\n5\r\nab", 401},
		{"no token, huge", fmt.Sprintf(post, "/mcp", "localhost") + "Content-Length: 9000000000\r\n\r\n", 401},
		{"bad token, GET", "GET /sse HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nContent-Length: 10\r\n\r\n", 401},
		{"foreign host", fmt.Sprintf(post, "/mcp", "evil.com") + auth + "Content-Length: 10\r\n\r\n", 403},
		{"foreign origin", fmt.Sprintf(post, "/mcp", "localhost") + auth + "Origin: null\r\nContent-Length: 10\r\n\r\n", 403},
		{"too large", fmt.Sprintf(post, "/mcp", "localhost") + auth + "Content-Length: 1000\r\n\r\n", 413},
		{"too large, asking first", fmt.Sprintf(post, "/mcp", "localhost") + auth + "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n", 413},
		{"no token, asking first", fmt.Sprintf(post, "/mcp", "localhost") + "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n", 401},
		{"wrong type", "POST /mcp HTTP/1.1\r\nHost: localhost\r\n" + auth + "Content-Type: text/plain\r\nContent-Length: 10\r\n\r\n", 415},
		{"open path", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n", 200},
		{"open path, POST", fmt.Sprintf(post, "/healthz", "localhost") + "Content-Length: 10\r\n\r\n", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			var reads atomic.Int64
			o := options()
			o.BodyTimeout = time.Hour
			guarded := wrap(t, o, http.HandlerFunc(reach))
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Body = spy{r.Body, &reads}
				guarded.ServeHTTP(w, r)
			}))
			answer := raw(t, s, c.request)
			if answer.StatusCode != c.want || !answer.Close {
				t.Errorf("got %d, closing %v; want %d and the connection closed", answer.StatusCode, answer.Close, c.want)
			}
			if n := reads.Load(); n != 0 {
				t.Errorf("the body was read %d times", n)
			}
			s.CloseClientConnections()
		})
	}
}

func TestBodiesThatDoNotArrive(t *testing.T) {
	const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + goodToken + "\r\n"
	for _, c := range []struct {
		name, rest string
		want       int
	}{
		{"nothing comes", "Content-Length: 10\r\n\r\n", 408},
		{"half comes", "Content-Length: 10\r\n\r\n{\"a\":", 408},
		{"no last chunk", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", 408},
		{"no chunks", "Transfer-Encoding: chunked\r\n\r\n{}{}{}{}\r\n", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options()
			o.BodyTimeout = time.Millisecond
			if c.want != http.StatusRequestTimeout {
				o.BodyTimeout = time.Hour
			}
			s := serve(t, wrap(t, o, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("a request without its body got through")
			})))
			answer := raw(t, s, head+c.rest)
			if answer.StatusCode != c.want || !answer.Close {
				t.Errorf("got %d, closing %v; want %d and the connection closed", answer.StatusCode, answer.Close, c.want)
			}
		})
	}
}

// deadlines records what is set on a connection, and sets it.
type deadlines struct {
	http.ResponseWriter
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return http.NewResponseController(d.ResponseWriter).SetReadDeadline(t)
}

// The time that a body has ends with the body: an event stream lives longer.
func TestBodyTimeoutEndsWithTheBody(t *testing.T) {
	o := options()
	o.BodyTimeout = time.Hour
	for body, want := range map[string]int{"": 0, "{}": 2} {
		var conn deadlines
		guarded := wrap(t, o, http.HandlerFunc(reach))
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn.ResponseWriter = w
			guarded.ServeHTTP(&conn, r)
		}))
		start := time.Now()
		do(t, s.Client(), request(t, http.MethodPost, s.URL+"/sse", body))
		if len(conn.set) != want {
			t.Fatalf("body %q: %d deadlines were set, want %d", body, len(conn.set), want)
		}
		if want > 0 && (conn.set[0].Before(start.Add(o.BodyTimeout)) || !conn.set[1].IsZero()) {
			t.Errorf("body %q: deadlines %v, want one an hour away and then none", body, conn.set)
		}
	}
}

// However a body is cut into reads, it comes out as it went in.
func TestBodyIsTheSameHoweverItArrives(t *testing.T) {
	o := options()
	o.MaxBody = 200 << 10
	rapid.Check(t, func(rt *rapid.T) {
		body := strings.Repeat(rapid.StringN(1, 50, -1).Draw(rt, "unit"), rapid.IntRange(0, 3000).Draw(rt, "times"))
		declared := rapid.Bool().Draw(rt, "declared")
		var seen []byte
		h := wrap(t, o, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen, _ = io.ReadAll(r.Body) }))
		r := httptest.NewRequest(http.MethodPost, "/mcp", iotest.HalfReader(strings.NewReader(body)))
		r.Host, r.ContentLength = "localhost", -1
		if declared {
			r.ContentLength = int64(len(body))
		}
		r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + goodToken}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fits := int64(len(body)) <= o.MaxBody
		if fits != (w.Code == http.StatusOK) || fits && string(seen) != body {
			rt.Fatalf("%d bytes: status %d, %d bytes seen", len(body), w.Code, len(seen))
		}
	})
}
