package main

import (
	"cmp"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"posthog-mcp/internal/clients"
	"posthog-mcp/tools"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
)

// server is what the client is told of.
func (c *configCmd) server(client clients.Client, parsed *kong.Context, compiled compiling) (s clients.Server, err error) {
	s = clients.Server{Name: c.Name, Key: envKey}
	if err := c.checkNames(compiled); err != nil {
		return s, err
	}
	flags, err := carried(parsed)
	if err != nil {
		return s, err
	}
	if c.HTTP != "" {
		s.URL, err = c.listening(flags)
	} else {
		err = c.started(&s, client, flags)
	}
	if err != nil {
		return s, err
	}
	if err := s.Check(); err != nil {
		return s, usage("%v", err)
	}
	return s, nil
}

// longestName is what models' providers take; clients put mcp__SERVER__ before
// the name of a tool.
const longestName = 64

// checkNames refuses names that would fail at the client only.
func (c *configCmd) checkNames(compiled compiling) error {
	catalogue, err := compiled()
	if err != nil {
		return err
	}
	rules, err := c.rules()
	if err != nil {
		return err
	}
	if err := catalogue.CheckSelection(rules.Selection); err != nil {
		return usage("--%v", err)
	}
	longest := 0
	for _, t := range catalogue.Tools() {
		name := t.Name
		if c.ShortNames {
			name = t.ShortName()
		}
		longest = max(longest, len(name))
	}
	if room := longestName - longest - len("mcp____"); len(c.Name) > room {
		return usage("--name: %d characters at most: clients put it before the names of tools, which have room for %d", room, longestName)
	}
	return nil
}

// started fills in a server that the client starts.
func (c *configCmd) started(s *clients.Server, client clients.Client, flags []carriedFlag) (err error) {
	if s.Command, err = c.program(client); err != nil {
		return err
	}
	s.Args = []string{"stdio"}
	for _, f := range flags {
		s.Args = append(s.Args, f.word())
	}
	if c.Host != "" {
		host, err := posthog.ParseHost(c.Host, c.InsecurePosthogHTTP)
		if err != nil {
			return usage("--host: %s", strings.TrimPrefix(err.Error(), "PostHog host: "))
		}
		c.inClear = posthog.InClear(host)
		s.Env = append(s.Env, clients.Setting{Name: envHost, Value: c.Host})
	}
	if c.Project != "" {
		if strings.Trim(c.Project, "0123456789") != "" {
			return usage("--project: expected a project's number, as in https://us.posthog.com/project/12345")
		}
		s.Env = append(s.Env, clients.Setting{Name: envProject, Value: c.Project})
	}
	return c.keyed(s)
}

// keyed says where the key comes from.
func (c *configCmd) keyed(s *clients.Server) (err error) {
	path := c.KeyFile
	if path == "" && !keyGiven() && !c.Sandbox {
		if s.Login, err = c.loggedIn(); s.Login && c.Host == "" && os.Getenv(envHost) != "" {
			s.Env = append(s.Env, clients.Setting{Name: envHost, Value: os.Getenv(envHost)})
		}
		if s.Login || err != nil {
			s.Key = ""
			return err
		}
	}
	if path == "" && os.Getenv(envKey) == "" {
		path = os.Getenv(envKeyFile)
	}
	switch {
	case c.Sandbox:
		s.Key = ""
		return nil
	case path != "":
		s.Key = ""
		path, err = filepath.Abs(path)
	default:
		path, err = system().KeyFile()
	}
	s.KeyFile = clients.Setting{Name: envKeyFile, Value: path}
	return err
}

// loggedIn reports whether there is a login at the host that the server will use.
func (c *configCmd) loggedIn() (bool, error) {
	host, err := posthog.ParseHost(cmp.Or(c.Host, os.Getenv(envHost)), c.InsecurePosthogHTTP)
	if err != nil {
		return false, usage("%s: %s", envHost, strings.TrimPrefix(err.Error(), "PostHog host: "))
	}
	_, kept, err := c.stored(host)
	return kept != nil, err
}

// program is what the client starts. Clients that people start from a desktop
// may know another PATH than a shell: those declared so get an absolute path.
func (c *configCmd) program(client clients.Client) (string, error) {
	if c.Command != "" {
		if client.Absolute && !filepath.IsAbs(c.Command) {
			return "", usage("--command: %s wants the absolute path of the program", client.Title)
		}
		return c.Command, nil
	}
	found, err := exec.LookPath("posthog-mcp")
	switch {
	case err != nil:
		return os.Executable()
	case client.Absolute:
		return filepath.Abs(found)
	}
	return "posthog-mcp", nil
}

// listening is the URL of a server that runs already. It can be narrowed for one
// caller; its other flags are its operator's.
func (c *configCmd) listening(flags []carriedFlag) (string, error) {
	u, err := url.Parse(c.HTTP)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", usage("--http: expected a URL like http://127.0.0.1:8080/mcp")
	case u.User != nil || u.Fragment != "":
		return "", usage("--http: a URL without a user, a password or a fragment")
	case u.Scheme == "http" && !guard.LoopbackHost(u.Host):
		return "", usage("--http: the key would travel in the clear; use https, or http on a loopback address")
	case c.Command+c.KeyFile+c.Host+c.Project != "":
		return "", usage("--command, --key-file, --host and --project are for a server that the client starts; set them where posthog-mcp http runs")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/mcp"
	}
	query := u.Query()
	for _, f := range flags {
		switch f.name {
		case tools.SettingReadOnly, tools.SettingToolsets, tools.SettingTools, tools.SettingExclude, "schema":
			query.Set(strings.ReplaceAll(f.name, "-", "_"), cmp.Or(f.value, "true"))
		default:
			return "", usage("--%s is for a server that the client starts; give it to posthog-mcp http", f.name)
		}
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "%2C", ",")
	return u.String(), nil
}
