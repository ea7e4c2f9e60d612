package doctor_test

import (
	"net/url"
	"testing"

	"posthog-mcp/internal/doctor"
	"posthog-mcp/internal/sandbox"
)

// A pair is PostHog Cloud: one region knows the sandbox's keys, the other knows
// none.
type pair struct {
	home, other *sandbox.Sandbox
	regions     map[string]*url.URL
}

const strangerKey = "phx_fake_of_no_region_0123456789"

func cloud(t *testing.T) pair {
	p := pair{home: world(asItIs), other: world(asItIs)}
	p.regions = map[string]*url.URL{"us": serve(t, unknowing(p.other), noon), "eu": serve(t, p.home, noon)}
	return p
}

// regionStates are where a key and the host may be of two regions: of the
// region that is set, of those that there are.
var regionStates = map[string]func(*testing.T, pair) doctor.Options{
	"right_region": func(t *testing.T, p pair) doctor.Options {
		return settings(t, p.regions["eu"], sandbox.KeyAll)
	},
	"other_region": func(t *testing.T, p pair) doctor.Options {
		return settings(t, p.regions["us"], sandbox.KeyAll)
	},
	"other_region_oauth": func(t *testing.T, p pair) doctor.Options {
		return settings(t, p.regions["us"], sandbox.OAuthLive)
	},
	"no_region": func(t *testing.T, p pair) doctor.Options {
		return settings(t, p.regions["us"], strangerKey)
	},
	"other_region_down": func(t *testing.T, p pair) doctor.Options {
		p.regions["eu"] = nobody(t)
		return settings(t, p.regions["us"], strangerKey)
	},
}

func hostsOf(regions map[string]*url.URL) []*url.URL {
	return []*url.URL{regions["us"], regions["eu"]}
}

// The key goes to the other region only when the region that is set does not
// know it, and from another PostHog it goes nowhere.
func TestWhereTheKeyGoes(t *testing.T) {
	for name, c := range map[string]struct {
		host func(*testing.T, pair) *url.URL
		key  string
		want int
	}{
		"an unknown key, in a region":         {func(_ *testing.T, p pair) *url.URL { return p.regions["us"] }, strangerKey, 1},
		"an expired token, which is known":    {func(_ *testing.T, p pair) *url.URL { return p.regions["us"] }, sandbox.OAuthExpired, 0},
		"an unknown key, of another PostHog":  {func(t *testing.T, _ pair) *url.URL { return serve(t, world(asItIs), noon) }, strangerKey, 0},
		"a region's problem is no answer":     {func(t *testing.T, _ pair) *url.URL { return serve(t, world(broken), noon) }, sandbox.KeyAll, 0},
		"a key that is known where it is set": {swap, sandbox.KeyAll, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := cloud(t)
			o := settings(t, c.host(t, p), c.key)
			o.Regions = p.regions
			doctor.Examine(t.Context(), o)
			if got := len(p.home.Requests()); got != c.want {
				t.Errorf("the other region was asked %d times, want %d: %+v", got, c.want, p.home.Requests())
			}
		})
	}
}

func broken(s *sandbox.Switches) { s.Fault.Status = 500 }

// swap puts a region that knows the key in the place of the one that does not.
func swap(t *testing.T, p pair) *url.URL {
	p.regions["us"] = serve(t, world(asItIs), noon)
	return p.regions["us"]
}
