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
	"posthog-mcp/internal/private"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/transport/posthog"
)

type selectionFlags struct {
	ReadOnly     bool     `group:"Rules" help:"Offer only tools that read."`
	Toolsets     []string `group:"Rules" placeholder:"NAME" help:"Offer these groups of tools alone: subscriptions, users, sharing, lookup."`
	Tools        []string `group:"Rules" placeholder:"TOOL" help:"Offer these tools alone, besides those of --toolsets."`
	ExcludeTools []string `group:"Rules" placeholder:"TOOL" help:"Leave these tools out."`
}

func (f selectionFlags) selection(catalogue *engine.Catalogue) (engine.Selection, error) {
	selected := engine.Selection{ReadOnly: f.ReadOnly, Toolsets: f.Toolsets, Tools: f.Tools, Exclude: f.ExcludeTools}
	return selected, blame("--", catalogue.CheckSelection(selected))
}

// ruleFlags are an operator's limits, shared by the commands that call PostHog.
type ruleFlags struct {
	selectionFlags
	AllowEmailDomains  []string `group:"Rules" placeholder:"DOMAIN" help:"Mail to these domains alone; *.example.com for subdomains, any for all."`
	AllowSlackChannels []string `group:"Rules" placeholder:"ID" help:"Send to these Slack channels alone, by their ids; any for all."`
	AllowWebhookHosts  []string `group:"Rules" placeholder:"HOST" help:"Allow webhooks of these hosts alone; any for all."`
	AllowTeamsHosts    []string `group:"Rules" placeholder:"HOST" help:"Allow Teams webhooks of these hosts alone; any for all."`
	DenyAccountChanges bool     `group:"Rules" help:"Refuse changes of email, password, staff rights and current project, and deletions of accounts."`
}

// rules checks the limits, with the names of tools in them. Rules with a wrong name are
// returned beside the error.
func (f ruleFlags) rules(catalogue *engine.Catalogue) (engine.Rules, error) {
	allowed, err := recipient.New(recipient.Rules{
		EmailDomains: f.AllowEmailDomains, SlackChannels: f.AllowSlackChannels, WebhookHosts: f.AllowWebhookHosts,
		TeamsHosts: f.AllowTeamsHosts,
	})
	if err != nil {
		return engine.Rules{}, usage("--allow-*: %v", err)
	}
	selected, err := f.selection(catalogue)
	return engine.Rules{Selection: selected, Recipients: allowed, DenyAccountChanges: f.DenyAccountChanges}, err
}

// The environment that says where PostHog is, and with which key to call it. The key is
// never a flag: other users of a machine can read those.
const (
	envKey     = "POSTHOG_PERSONAL_API_KEY"
	envKeyFile = envKey + "_FILE"
	envHost    = "POSTHOG_HOST"
	envProject = "POSTHOG_PROJECT_ID"
)

// upstreamFlags are shared by the commands that call PostHog.
type upstreamFlags struct {
	ruleFlags
	hostFlags
	Sandbox bool          `help:"Call the embedded PostHog double instead of PostHog: no key, no network, no mail."`
	Timeout time.Duration `default:"30s" least:"1" why:"a call needs more time than none" help:"How long one call may take, retries included."`

	login *profileFlag // of the commands that may use a login; nil for none
}

// hostFlags say which PostHog may be called, for the commands that do.
type hostFlags struct {
	InsecurePosthogHTTP bool `name:"insecure-posthog-http" help:"Take http:// in POSTHOG_HOST for a PostHog on a private network: the key and all data travel in clear."`
}

func (upstreamFlags) Help() string { return environment }

// toolbox calls the tools with the server's own key, or, if own is false, with the key
// of each caller. wrap, if not nil, is a middleware for the requests to PostHog.
func (f upstreamFlags) toolbox(catalogue *engine.Catalogue, log *slog.Logger, own bool, wrap func(http.RoundTripper) http.RoundTripper) (*engine.Toolbox, *posthog.Client, error) {
	rules, errRules := f.rules(catalogue)
	project, errProject := projectFromEnv()
	if err := cmp.Or(checkAuthorities(), errRules, errProject); err != nil {
		return nil, nil, err
	}
	box := &engine.Toolbox{Project: project, Rules: rules, Learned: new(sync.Map)}
	options := posthog.Options{Timeout: f.Timeout, Logger: log, UserAgent: build.UserAgent(), Wrap: wrap}
	var err error
	switch {
	case !f.Sandbox:
		err = f.connect(box, &options, own)
	case own:
		options.Base, options.Key = embedded(log), sandbox.KeyAll
	default:
		options.Base = embedded(log)
	}
	client := posthog.New(options)
	box.API = client
	return box, client, err
}

// connect sets the host and, if own, the key or else the login. The token of a login for
// one project may not read the current one, so it is the project of calls that name none.
func (f upstreamFlags) connect(box *engine.Toolbox, o *posthog.Options, own bool) (err error) {
	if o.Host, err = f.hostFromEnv(); err != nil {
		return err
	}
	box.Host = o.Host.String()
	if posthog.InClear(o.Host) {
		o.Logger.Warn("the key and all data travel in clear to PostHog, as --insecure-posthog-http allows", "host", box.Host)
	}
	switch {
	case !own:
		return nil
	case f.login != nil:
		client, kept, err := f.login.stored(o.Host)
		if err != nil {
			return usageError{err}
		}
		if kept != nil {
			o.Source, box.Project = client.NewSource().Key, cmp.Or(box.Project, kept.Project)
			return nil
		}
	}
	if o.Key, err = keyFromEnv(); err != nil && f.login != nil && !keyGiven() {
		err = orLogin(err)
	}
	return err
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

// readSecret reads a file that holds a secret of a line, and nothing else.
func readSecret(path string) (string, error) {
	const longest = 1 << 10 // more is another file
	content, err := private.Read(path, longest)
	return strings.TrimSpace(string(content)), err
}

// keyGiven reports whether the environment has a key, usable or not.
func keyGiven() bool {
	return strings.TrimSpace(os.Getenv(envKey)) != "" || os.Getenv(envKeyFile) != ""
}

// keyFromEnv takes the key from its variable, or from the file that the other variable
// names. Both at once are an error: a wrong guess would change somebody else's data.
func keyFromEnv() (posthog.Key, error) {
	value, path, source := strings.TrimSpace(os.Getenv(envKey)), os.Getenv(envKeyFile), envKey
	switch {
	case value != "" && path != "":
		return "", usage("%s and %s are both set; unset one of them", envKey, envKeyFile)
	case path != "":
		var err error
		if value, err = readSecret(path); err != nil {
			return "", usage("%s: %v", envKeyFile, err)
		}
		source = envKeyFile + ": " + path
	case value == "":
		return "", usage("%s is not set: create a personal API key in PostHog (Settings, Personal API keys) and set it, or try --sandbox", envKey)
	}
	key, err := posthog.ParseKey(value)
	return key, blame(source+": ", err)
}
