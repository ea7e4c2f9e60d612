package main

import (
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

// The environment that says where PostHog is and who calls. The key is never a
// flag: other users of a machine can read those.
const (
	envKey     = "POSTHOG_PERSONAL_API_KEY"
	envHost    = "POSTHOG_HOST"
	envProject = "POSTHOG_PROJECT_ID"
)

// upstreamFlags are shared by the commands that call PostHog.
type upstreamFlags struct {
	Sandbox bool          `help:"Call the embedded PostHog double instead of PostHog: no key, no network, no mail."`
	Timeout time.Duration `default:"30s" help:"How long one call may take, retries included."`
}

// toolbox calls the tools with the server's own key, or, when own is false,
// with that of each caller alone.
func (f upstreamFlags) toolbox(log *slog.Logger, own bool) (*tools.Toolbox, error) {
	if f.Timeout <= 0 {
		return nil, usage("--timeout must be positive")
	}
	options := posthog.Options{Timeout: f.Timeout, Logger: log, UserAgent: build.UserAgent()}
	project, err := projectFromEnv()
	if err != nil {
		return nil, err
	}
	if f.Sandbox {
		options.Base, options.Key = embedded(log), sandbox.KeyAll
		if !own {
			options.Key = ""
		}
		return &tools.Toolbox{API: posthog.New(options), Project: project}, nil
	}
	if options.Host, err = hostFromEnv(); err != nil {
		return nil, err
	}
	if own {
		if options.Key, err = keyFromEnv(); err != nil {
			return nil, err
		}
	}
	return &tools.Toolbox{API: posthog.New(options), Project: project}, nil
}

// embedded is the double in this process; what it "sends" goes to the log.
func embedded(log *slog.Logger) http.RoundTripper {
	return sandbox.New(sandbox.WithOutbox(func(m sandbox.Message) {
		log.Info("sandbox: sent, to nobody", "kind", m.Kind, "to", m.To, "why", m.Trigger)
	})).RoundTripper()
}

func hostFromEnv() (*url.URL, error) {
	host, err := posthog.ParseHost(strings.TrimSpace(os.Getenv(envHost)))
	if err != nil {
		return nil, usage("%s: %v", envHost, err)
	}
	return host, nil
}

func keyFromEnv() (posthog.Key, error) {
	value := strings.TrimSpace(os.Getenv(envKey))
	if value == "" {
		return "", usage("%s is not set: create a personal API key in PostHog (Settings, Personal API keys) and set it, or try --sandbox", envKey)
	}
	key, err := posthog.ParseKey(value)
	if err != nil {
		return "", usage("%s: %v", envKey, err)
	}
	return key, nil
}

func projectFromEnv() (string, error) {
	project := strings.TrimSpace(os.Getenv(envProject))
	if project == "" || project == "@current" {
		return "", nil
	}
	if strings.Trim(project, "0123456789") != "" {
		return "", usage("%s: expected a project's number or @current, got %q", envProject, project)
	}
	return project, nil
}

// mcpOptions gathers what an MCP server is made of.
func mcpOptions(box *tools.Toolbox, profile string, log *slog.Logger) (transport.Options, error) {
	catalogue, err := tools.NewCatalogue()
	return transport.Options{Catalogue: catalogue, Toolbox: box, Profile: schema.Profile(profile), Logger: log}, err
}

// tuneMemory lets the heap grow to five times what is live before it is
// collected: what is live is a few megabytes, and collecting less often gave a
// fifth more calls a second. GOGC overrides it.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
