package conversations

import (
	"bytes"
	"cmp"
	"encoding/json"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/seal"
	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

// settings are how the operator runs the server, and what the client can do.
// The zero value is stdio with the newest handshake, a key for everything, and
// no rules.
type settings struct {
	// Over is stdio or http, Version a protocol revision.
	Over, Version string
	// Key is everything or reads only.
	Key string
	// Generation is PostHog's; empty for the page's.
	Generation sandbox.Generation
	// Project is the configured one.
	Project string
	// Asks says that the client puts questions to its person.
	Asks bool

	AllowEmailDomains []string `json:"allow-email-domains"`
	Confirm           engine.Confirm
}

// host is where links lead; nothing is ever asked there.
const host = "https://us.posthog.com"

func (s *settings) read(t *testing.T, data []byte) {
	t.Helper()
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(s); err != nil {
		t.Fatalf("settings: %v", err)
	}
}

func (s *settings) version() string {
	return cmp.Or(s.Version, mcp.LATEST_LEGACY_PROTOCOL_VERSION)
}

func (s *settings) key(t *testing.T) posthog.Key {
	t.Helper()
	key, ok := map[string]posthog.Key{"everything": sandbox.KeyAll, "reads only": sandbox.KeyReadOnly}[cmp.Or(s.Key, "everything")]
	if !ok {
		t.Fatalf("settings: no key is called %q", s.Key)
	}
	return key
}

var (
	plain     = sync.OnceValues(tools.NewCatalogue)
	confirmed = sync.OnceValues(tools.NewConfirmedCatalogue)
)

// options are what the command makes of the same settings.
func (s *settings) options(t *testing.T, w *world) transport.Options {
	t.Helper()
	compiled := plain
	if s.Confirm != engine.ConfirmOff {
		compiled = confirmed
	}
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	allowed, err := recipient.New(recipient.Rules{EmailDomains: s.AllowEmailDomains})
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(nil, w.now)
	if err != nil {
		t.Fatal(err)
	}
	upstream := posthog.Options{Base: w.wire}
	if s.Over != "http" {
		upstream.Key = s.key(t)
	}
	return transport.Options{
		Catalogue: catalogue, Logger: silent,
		Toolbox: &engine.Toolbox{
			API: posthog.New(upstream), Project: s.Project, Host: host, Now: w.now,
			Rules: engine.Rules{Recipients: allowed}, Confirm: s.Confirm, Seal: sealer,
		},
	}
}
