package sandbox_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

func TestFaults(t *testing.T) {
	quota := "GET " + subs + "summary_quota/"
	for _, f := range []struct {
		fault  sandbox.Fault
		status int
		retry  string
		want   string
	}{
		{sandbox.Fault{Status: 429, RetryAfter: 7}, 429, "7", throttled("7 seconds")},
		{sandbox.Fault{Status: 503}, 503, "1", envelope("server_error", "database_unavailable", "We couldn't reach the database just now. Please try again in a moment.", "")},
		{sandbox.Fault{Status: 500}, 500, "", crashed},
		{sandbox.Fault{HTML: true}, 502, "", "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n<hr>\n</body>\n</html>\n"},
		{sandbox.Fault{DelayMS: 1}, 200, "", `{"active_count":4,"limit":20,"at_limit":false}`},
	} {
		t.Run(fmt.Sprintf("%+v", f.fault), func(t *testing.T) {
			s := serve(t)
			f.fault.Times = 2
			s.Switch(func(r *sandbox.Switches) { r.Fault = f.fault })
			for range 2 {
				got := s.call(quota)
				if got.status != f.status || got.header.Get("Retry-After") != f.retry {
					t.Errorf("%d, retry after %q", got.status, got.header.Get("Retry-After"))
				}
				if diff := cmp.Diff(f.want, got.body); diff != "" {
					t.Error(diff)
				}
			}
			if got := s.call(quota).status; got != 200 {
				t.Errorf("the fault outlived its times: %d", got)
			}
		})
	}
}

func TestFaultBreaksTheConnection(t *testing.T) {
	s := serve(t, sandbox.WithSwitches(func(r *sandbox.Switches) { r.Fault = sandbox.Fault{Reset: true, Times: 1} }))
	// A write, since a client may repeat a read by itself.
	resp, err := http.Post(s.url+"/api/"+subs, "application/json", nil)
	if err == nil {
		resp.Body.Close()
		t.Errorf("answered with %s", resp.Status)
	}
	if got := s.call("GET " + me + "github_login/").status; got != 200 {
		t.Errorf("afterwards: %d", got)
	}
}
