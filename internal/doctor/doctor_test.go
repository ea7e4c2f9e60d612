package doctor_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"posthog-mcp/internal/doctor"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// states are the conditions that things can be in, in order and broken; what is
// found is in the file of the same name.
var states = map[string]func(*testing.T) doctor.Options{
	"all_well": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), sandbox.KeyAll)
	},
	"no_key": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), "")
	},
	"project_token": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), "phc_fake0123456789")
	},
	"wrong_key": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), "phx_fake0123456789")
	},
	"legacy_key": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), sandbox.KeyLegacy)
	},
	"read_only_key": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), sandbox.KeyReadOnly)
	},
	"subscriptions_only_key": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), sandbox.KeySubscriptionsOnly)
	},
	"foreign_scopes": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), sandbox.KeyForeign)
	},
	"pinned_key_without_project": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), sandbox.KeyPinned)
	},
	"pinned_key_of_another_project": func(t *testing.T) doctor.Options {
		return inProject(settings(t, serve(t, world(asItIs), noon), sandbox.KeyPinned), "31001")
	},
	"pinned_key": func(t *testing.T) doctor.Options {
		return inProject(settings(t, serve(t, world(asItIs), noon), sandbox.KeyPinnedReadOnly), "31002")
	},
	"no_such_project": func(t *testing.T) doctor.Options {
		return inProject(settings(t, serve(t, world(asItIs), noon), sandbox.KeyAll), "999")
	},
	"project_of_others": func(t *testing.T) doctor.Options {
		return inProject(settings(t, serve(t, world(asItIs), noon), sandbox.KeyOutsider), "31001")
	},
	"oauth": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), sandbox.OAuthLive)
	},
	"oauth_expired": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), sandbox.OAuthExpired)
	},
	"oauth_no_scopes": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon), sandbox.OAuthNoScopes)
	},
	"payment_gate": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(func(s *sandbox.Switches) { s.PaymentGate = true }), noon), sandbox.KeyAll)
	},
	"keys_forbidden": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(func(s *sandbox.Switches) { s.PersonalKeysForbidden = true }), noon), sandbox.KeyAll)
	},
	"no_rights": func(t *testing.T) doctor.Options {
		return inProject(settings(t, serve(t, world(func(s *sandbox.Switches) { s.AccessLevel = "none" }), noon), sandbox.KeyAll), "31001")
	},
	"old_integrations": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(func(s *sandbox.Switches) { s.Integrations = "old" }), noon), sandbox.KeyAll)
	},
	"clock_behind": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon.Add(95*time.Second)), sandbox.KeyAll)
	},
	"clock_ahead": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(asItIs), noon.Add(-20*time.Second)), sandbox.KeyAll)
	},
	"broken_server": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(func(s *sandbox.Switches) { s.Fault.Status = 500 }), noon), sandbox.KeyAll)
	},
	"broken_for_keys": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, withKey(answers(http.StatusInternalServerError)), noon), sandbox.KeyAll)
	},
	"unwilling_to_tell": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, unwilling(world(asItIs)), noon), sandbox.KeyAll)
	},
	"throttled": func(t *testing.T) doctor.Options {
		o := settings(t, serve(t, world(func(s *sandbox.Switches) { s.Fault = sandbox.Fault{Status: 429, RetryAfter: 3600} }), noon), sandbox.KeyAll)
		return o
	},
	"slow_server": func(t *testing.T) doctor.Options {
		o := settings(t, serve(t, world(func(s *sandbox.Switches) { s.Fault.DelayMS = 60_000 }), noon), sandbox.KeyAll)
		o.Timeout = time.Second
		return o
	},
	"breaking_server": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(func(s *sandbox.Switches) { s.Fault.Reset = true }), noon), sandbox.KeyAll)
	},
	"web_page": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, world(func(s *sandbox.Switches) { s.Fault = sandbox.Fault{HTML: true, Status: 200} }), noon), sandbox.KeyAll)
	},
	"another_service": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, http.NotFoundHandler(), noon), sandbox.KeyAll)
	},
	"redirect": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, http.RedirectHandler("https://login.example.com/?next=/api", http.StatusFound), noon), sandbox.KeyAll)
	},
	"nobody_listens": func(t *testing.T) doctor.Options { return settings(t, nobody(t), sandbox.KeyAll) },
	"no_such_name": func(t *testing.T) doctor.Options {
		return settings(t, address(t, "https://"+strings.Repeat("no-", 30)+"name.example"), sandbox.KeyAll)
	},
	"unknown_ca": func(t *testing.T) doctor.Options {
		return settings(t, serveTLS(t, world(asItIs)), sandbox.KeyAll)
	},
	"no_tls": func(t *testing.T) doctor.Options { return settings(t, plainText(t), sandbox.KeyAll) },
	"proxy_refuses": func(t *testing.T) doctor.Options {
		return through(settings(t, address(t, "https://posthog.example"), sandbox.KeyAll),
			serve(t, answers(http.StatusForbidden), noon))
	},
	"proxy_wants_password": func(t *testing.T) doctor.Options {
		return through(settings(t, address(t, "https://posthog.example"), sandbox.KeyAll),
			serve(t, answers(http.StatusProxyAuthRequired), noon))
	},
	"proxy_gone": func(t *testing.T) doctor.Options {
		return through(settings(t, address(t, "https://posthog.example"), sandbox.KeyAll), nobody(t))
	},
	"proxy_unusable": func(t *testing.T) doctor.Options {
		o := settings(t, address(t, "https://posthog.example"), sandbox.KeyAll)
		o.Proxy = func(*http.Request) (*url.URL, error) {
			return nil, errors.New("http://somebody:CANARY@proxy is no URL")
		}
		return o
	},
	"proxy_passed_over": func(t *testing.T) doctor.Options {
		u := nobody(t)
		u.Scheme = "https"
		o := settings(t, u, sandbox.KeyAll)
		t.Setenv("https_proxy", "http://CANARY:%zz@proxy")
		return o
	},
	"certificates_gone": func(t *testing.T) doctor.Options {
		o := settings(t, serve(t, world(asItIs), noon), sandbox.KeyAll)
		t.Setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
		return o
	},
	"in_clear": func(t *testing.T) doctor.Options {
		return settings(t, address(t, "http://posthog.invalid:8000"), sandbox.KeyAll)
	},
	"another_protocol": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "h2c")
			w.WriteHeader(http.StatusSwitchingProtocols) // and nothing after it
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				t.Cleanup(func() { _ = conn.Close() })
			}
		}), noon), sandbox.KeyAll)
	},
	"wrong_host": func(t *testing.T) doctor.Options {
		o := settings(t, nil, sandbox.KeyAll)
		_, o.HostSource.Err = posthog.ParseHost("http://posthog.example.com", false)
		return o
	},
	"wrong_project": func(t *testing.T) doctor.Options {
		o := settings(t, serve(t, world(asItIs), noon), sandbox.KeyAll)
		o.ProjectSource.Err = errors.New("POSTHOG_PROJECT_ID: expected a project's number")
		return o
	},
	"one_scope_short": func(t *testing.T) doctor.Options {
		o := settings(t, serve(t, world(asItIs), noon), sandbox.KeySubscriptionsOnly)
		o.Selection = engine.Selection{Toolsets: []string{tools.SubscriptionTools}, Tools: []string{"dashboards-list"}}
		o.Rules = []string{"--toolsets=subscriptions", "--tools=dashboards-list"}
		return o
	},
	"unwilling_to_tell_of_a_wrong_key": func(t *testing.T) doctor.Options {
		return settings(t, serve(t, unwilling(world(asItIs)), noon), strangerKey)
	},
	"rules": func(t *testing.T) doctor.Options {
		o := settings(t, serve(t, world(asItIs), noon), sandbox.KeyReadOnly)
		o.Selection = engine.Selection{ReadOnly: true, Toolsets: []string{tools.SubscriptionTools}}
		o.Rules = []string{"--read-only", "--toolsets=subscriptions"}
		return o
	},
	"wrong_rules": func(t *testing.T) doctor.Options {
		o := settings(t, serve(t, world(asItIs), noon), sandbox.KeyAll)
		o.Selection.Exclude = []string{"subscription-list"}
		return o
	},
	"sandbox": func(t *testing.T) doctor.Options {
		o := settings(t, nil, sandbox.KeyAll)
		o.Base = world(asItIs).RoundTripper()
		o.KeySource.From, o.HostSource.From = "--sandbox", "--sandbox"
		return o
	},
}

func inProject(o doctor.Options, id string) doctor.Options {
	o.Project, o.ProjectSource.From = id, "POSTHOG_PROJECT_ID"
	return o
}

// unwilling does not tell about keys, as the oldest servers.
func unwilling(s *sandbox.Sandbox) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/personal_api_keys/") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"detail":"This action does not support Personal API Key access"}`))
			return
		}
		s.ServeHTTP(w, r)
	})
}

// shown are the states of which the whole report is kept: the others differ from
// them in the lines that testdata/states.txt has.
var shown = []string{"all_well", "read_only_key", "nobody_listens", "rules", "unwilling_to_tell"}

// Each state is named by a line of its own, with the way out.
func TestGoldenStates(t *testing.T) {
	lines := map[string]string{}
	for name, set := range states {
		t.Run(name, func(t *testing.T) { // the environment of a state ends with it
			o := set(t)
			var hosts []*url.URL
			if o.Host != nil {
				hosts = append(hosts, o.Host)
			}
			if proxy, _ := o.Proxy(nil); proxy != nil {
				hosts = append(hosts, proxy)
			}
			lines[name] = troubles(t, name, doctor.Examine(t.Context(), o), hosts...)
		})
	}
	for name, set := range regionStates {
		p := cloud(t)
		o := set(t, p)
		o.Regions = p.regions
		lines[name] = troubles(t, name, doctor.Examine(t.Context(), o), hostsOf(p.regions)...)
	}
	var table strings.Builder
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		table.WriteString(lines[name])
	}
	checkFile(t, "states.txt", table.String())
}

// troubles are what was found and is not in order, one a line.
func troubles(t *testing.T, name string, report *doctor.Report, hosts ...*url.URL) string {
	t.Helper()
	text, object := printed(t, report)
	checkWidth(t, text)
	if strings.Contains(text+object, "CANARY") {
		t.Errorf("%s: a secret is printed: %s%s", name, text, object)
	}
	if slices.Contains(shown, name) {
		checkFile(t, name+".txtar", at("-- text --\n"+text+"-- json --\n"+object, hosts...))
	}
	found := name + ":"
	for _, f := range report.Checks {
		if f.State != doctor.Failed && f.State != doctor.Warning {
			continue
		}
		found += fmt.Sprintf("\n  %s %s: %s", f.State, f.Check, f.Detail)
		if f.Next != "" {
			found += " → " + f.Next
		}
	}
	return at(found, hosts...) + "\n"
}
