package main

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
)

// The environment that says where PostHog is, beside the key's.
const (
	envHost    = "POSTHOG_HOST"
	envProject = "POSTHOG_PROJECT_ID"
)

// upstreamFlags are shared by the commands that call PostHog.
type upstreamFlags struct {
	ruleFlags
	hostFlags
	Sandbox bool          `help:"Call the embedded PostHog double instead of PostHog: no key, no network, no mail."`
	Timeout time.Duration `default:"30s" help:"How long one call may take, retries included."`

	login *profileFlag // of the commands that may use a login; nil for none
}

// hostFlags say which PostHog may be called, for the commands that do.
type hostFlags struct {
	InsecurePosthogHTTP bool `name:"insecure-posthog-http" help:"Take http:// in POSTHOG_HOST for a PostHog on a private network: the key and all data travel in clear."`
}

// Help is what these commands' help says besides the flags.
func (upstreamFlags) Help() string { return environment }

// toolbox calls the tools with the server's own key, or, if own is false, with the key
// of each caller. wrap, if not nil, is a middleware for the requests to PostHog.
func (f upstreamFlags) toolbox(catalogue *tools.Catalogue, log *slog.Logger, own bool, wrap func(http.RoundTripper) http.RoundTripper) (*tools.Toolbox, *posthog.Client, error) {
	if f.Timeout <= 0 {
		return nil, nil, usage("--timeout: a call needs more time than none")
	}
	if err := checkAuthorities(); err != nil {
		return nil, nil, err
	}
	rules, err := f.rules(catalogue)
	if err != nil {
		return nil, nil, err
	}
	project, err := projectFromEnv()
	if err != nil {
		return nil, nil, err
	}
	options := posthog.Options{Timeout: f.Timeout, Logger: log, UserAgent: build.UserAgent(), Wrap: wrap}
	if f.Sandbox {
		options.Base = embedded(log)
		if own {
			options.Key = sandbox.KeyAll
		}
		client := posthog.New(options)
		return &tools.Toolbox{API: client, Project: project, Rules: rules, Learned: new(sync.Map)}, client, nil
	}
	if options.Host, err = f.hostFromEnv(); err != nil {
		return nil, nil, err
	}
	if posthog.InClear(options.Host) {
		log.Warn("the key and all data travel in clear to PostHog, as --insecure-posthog-http allows", "host", options.Host.String())
	}
	if own {
		if project, err = f.authenticate(&options, project); err != nil {
			return nil, nil, err
		}
	}
	client := posthog.New(options)
	return &tools.Toolbox{API: client, Project: project, Host: options.Host.String(), Rules: rules, Learned: new(sync.Map)}, client, nil
}

// authenticate sets the key, or else the login, and returns the project of calls that
// name none: the token of a login for one project may not read the current one.
func (f upstreamFlags) authenticate(o *posthog.Options, project string) (string, error) {
	if f.login != nil {
		client, kept, err := f.login.stored(o.Host)
		if err != nil {
			return "", usageError{err}
		}
		if kept != nil {
			o.Source = client.NewSource().Key
			return cmp.Or(project, kept.Project), nil
		}
	}
	var err error
	if o.Key, err = keyFromEnv(); err != nil && f.login != nil && !keyGiven() {
		err = orLogin(err)
	}
	return project, err
}

// orLogin is the error of a missing key where a login would do.
func orLogin(err error) error { return usage("%w, or run posthog-mcp login", err) }

// checkAuthorities refuses a file of certificates for which Go would wait, such as a
// named pipe.
func checkAuthorities() error {
	const variable = "SSL_CERT_FILE"
	if info, err := os.Stat(os.Getenv(variable)); err == nil && !info.Mode().IsRegular() {
		return usage("%s: %s is not a regular file", variable, os.Getenv(variable))
	}
	return nil
}

// embedded is the double in this process. It logs that it "sends", but not to whom: that
// is an argument.
func embedded(log *slog.Logger) http.RoundTripper {
	return sandbox.New(sandbox.WithOutbox(func(m sandbox.Message) {
		log.Info("sandbox: sent, to nobody", "kind", m.Kind, "why", m.Trigger, "subscription", m.Subscription)
	})).RoundTripper()
}

func (f hostFlags) hostFromEnv() (*url.URL, error) {
	return parseHost(envHost, strings.TrimSpace(os.Getenv(envHost)), f.InsecurePosthogHTTP)
}

// parseHost reads the host that a flag or a variable names.
func parseHost(name, text string, inClear bool) (*url.URL, error) {
	host, err := posthog.ParseHost(text, inClear)
	if err != nil {
		return nil, usage("%s: %s", name, strings.TrimPrefix(err.Error(), "PostHog host: "))
	}
	return host, nil
}

// checkProject refuses what a flag or a variable gives, unless it is a project's number
// or empty. It does not repeat a wrong value: it may be a key.
func checkProject(name, project, others string) error {
	if strings.Trim(project, "0123456789") != "" {
		return usage("%s: expected a project's number, as in https://us.posthog.com/project/12345%s", name, others)
	}
	return nil
}

func projectFromEnv() (string, error) {
	project := strings.TrimSpace(os.Getenv(envProject))
	if project == "" || project == "@current" {
		return "", nil
	}
	if err := checkProject(envProject, project, ", or @current"); err != nil {
		return "", err
	}
	return project, nil
}

// memoryForMany is the soft memory limit of a server over HTTP, in bytes, so that it
// stays under 150 MB during an attack; GOMEMLIMIT overrides it.
const memoryForMany = 120 << 20
