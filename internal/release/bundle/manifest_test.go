package bundle_test

import (
	"regexp"
	"strings"
	"testing"

	"posthog-mcp/internal/release/bundle"
)

func TestSemantic(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3":            "1.2.3",
		"v1.2.3-4-gabcdef0": "1.2.3-4-gabcdef0",
		"v1.2.3-rc.1+build": "1.2.3-rc.1+build",
		"0123456":           "0.0.0-g0123456",
		"abcdef0-dirty":     "0.0.0-gabcdef0-dirty",
		"release_7/of 2026": "0.0.0-grelease-7-of-2026",
		"dev":               "0.0.0-gdev",
	} {
		if got := bundle.Semantic(version); got != want {
			t.Errorf("%s: got %s, want %s", version, got, want)
		}
	}
}

func TestOnlyTheKeyIsRequiredAndItIsASecret(t *testing.T) {
	manifest := bundle.Describe("v1.0.0", nil, nil)
	for name, option := range manifest.UserConfig {
		if key := name == "key"; option.Required != key || option.Sensitive != key {
			t.Errorf("%s: required %v, sensitive %v", name, option.Required, option.Sensitive)
		}
		if name != "key" && option.Default == nil {
			t.Errorf("%s has no default: a client passes its placeholder on", name)
		}
	}
}

// A secret among the arguments could be read by every user of the machine.
func TestTheServerGetsEveryOptionInItsEnvironmentAndInNoArgument(t *testing.T) {
	manifest := bundle.Describe("v1.0.0", nil, nil)
	start := manifest.Server.Start
	used := map[string]bool{}
	for variable, value := range start.Env {
		found := regexp.MustCompile(`^\$\{user_config\.([a-z_]+)\}$`).FindStringSubmatch(value)
		if found == nil || !strings.HasPrefix(variable, "POSTHOG_") {
			t.Fatalf("%s=%s", variable, value)
		}
		used[found[1]] = true
	}
	for name := range manifest.UserConfig {
		if !used[name] {
			t.Errorf("%s reaches nobody", name)
		}
	}
	for _, one := range []bundle.Start{start, start.Platforms["win32"], start.Platforms["linux"]} {
		if command := one.Command + " " + strings.Join(one.Args, " "); strings.Contains(command, "user_config") || !strings.Contains(command, "stdio") {
			t.Error(command)
		}
	}
}
