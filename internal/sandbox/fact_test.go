package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"posthog-mcp/internal/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the default time of tests: a Monday.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

func at(t time.Time) sandbox.Option {
	return sandbox.WithClock(func() time.Time { return t })
}

// A fact is one call and PostHog's answer.
type fact struct {
	name string
	// rules changes the world's switches before anything else.
	rules func(*sandbox.Switches)
	// before are calls for the setup, each "METHOD path body".
	before []string
	// key defaults to [sandbox.KeyAll]; "-" means none.
	key string
	// call is "METHOD path body"; paths are below /api/.
	call        string
	contentType string
	header      map[string]string
	status      int
	// want is the exact body.
	want string
}

const (
	main  = "projects/31001/"
	subs  = main + "subscriptions/"
	share = main + "session_recordings/rec-1/sharing/"
)

// envelope returns the common error body; an empty attr is null.
func envelope(kind, code, detail, attr string) string {
	quoted := "null"
	if attr != "" {
		quoted = `"` + attr + `"`
	}
	text, _ := json.Marshal(detail)
	raw := strings.NewReplacer(`\u003e`, ">", `\u003c`, "<", `\u0026`, "&").Replace(string(text))
	return `{"type":"` + kind + `","code":"` + code + `","detail":` + raw + `,"attr":` + quoted + `}`
}

func invalid(attr, detail string) string { return rejected("invalid_input", attr, detail) }
func rejected(code, attr, detail string) string {
	return envelope("validation_error", code, detail, attr)
}
func denied(detail string) string {
	return envelope("authentication_error", "permission_denied", detail, "")
}
func unauthenticated(detail string) string {
	return envelope("authentication_error", "authentication_failed", detail, "")
}

const (
	notFound   = `{"type":"invalid_request","code":"not_found","detail":"Not found.","attr":null}`
	noProject  = `{"type":"invalid_request","code":"not_found","detail":"Project not found.","attr":null}`
	notSentKey = `{"type":"authentication_error","code":"not_authenticated","detail":"Authentication credentials were not provided.","attr":null}`
	crashed    = `{"type":"server_error","code":"error","detail":"A server error occurred.","attr":null}`
)

// server is a sandbox behind a real HTTP server.
type server struct {
	*sandbox.Sandbox
	t   *testing.T
	url string
}

func serve(t *testing.T, opts ...sandbox.Option) *server {
	t.Helper()
	s := sandbox.New(append([]sandbox.Option{at(noon)}, opts...)...)
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return &server{s, t, web.URL}
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (s *server) do(f fact) answer {
	s.t.Helper()
	method, rest, _ := strings.Cut(f.call, " ")
	path, body, _ := strings.Cut(rest, " ")
	if !strings.HasPrefix(path, "/") {
		path = "/api/" + path
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if f.contentType != "" {
		req.Header.Set("Content-Type", f.contentType)
	}
	switch f.key {
	case "":
		req.Header.Set("Authorization", "Bearer "+sandbox.KeyAll)
	case "-":
	default:
		req.Header.Set("Authorization", "Bearer "+f.key)
	}
	for name, value := range f.header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, string(got), resp.Header}
}

// call makes one call with the key of all scopes.
func (s *server) call(line string) answer { s.t.Helper(); return s.do(fact{call: line}) }

// object returns a call's answer as JSON. The status must be the given one.
func (s *server) object(status int, line string) map[string]any {
	s.t.Helper()
	a := s.call(line)
	if a.status != status {
		s.t.Fatalf("%s: status %d, want %d: %s", line, a.status, status, a.body)
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		s.t.Fatalf("%s: %v in %q", line, err, a.body)
	}
	return m
}

// check tests each fact in a world of its own. fill completes the wanted bodies.
func check(t *testing.T, facts []fact, fill ...func(*server, string) string) {
	t.Helper()
	for _, f := range facts {
		t.Run(f.name, func(t *testing.T) {
			s := serve(t)
			if f.rules != nil {
				s.Switch(f.rules)
			}
			for _, line := range f.before {
				if a := s.call(line); a.status >= 400 {
					t.Fatalf("before: %s: %d %s", line, a.status, a.body)
				}
			}
			got := s.do(f)
			if got.status != f.status {
				t.Errorf("status %d, want %d", got.status, f.status)
			}
			for _, complete := range fill {
				f.want = complete(s, f.want)
			}
			if diff := cmp.Diff(f.want, got.body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}
