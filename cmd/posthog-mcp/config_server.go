package main

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"posthog-mcp/internal/clients"
	"posthog-mcp/tools"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
)

// server is the server that the client connects to.
func (c *configCmd) server(client clients.Client, parsed *kong.Context, catalogue *tools.Catalogue) (s clients.Server, err error) {
	s = clients.Server{Name: c.Name, Key: envKey}
	if err := c.checkNames(catalogue); err != nil {
		return s, err
	}
	words, err := carried(parsed)
	if err != nil {
		return s, err
	}
	if c.HTTP != "" {
		s.URL, err = c.listening(words)
	} else {
		s.Args = append([]string{"stdio"}, words...)
		err = c.started(&s, client)
	}
	if err != nil {
		return s, err
	}
	if err := s.Check(); err != nil {
		return s, usage("%v", err)
	}
	return s, nil
}

// longestName is the limit of the providers of models; clients put mcp__SERVER__
// before the name of a tool.
const longestName = 64

// checkNames refuses names that would fail at the client only.
func (c *configCmd) checkNames(catalogue *tools.Catalogue) error {
	if _, err := c.rules(catalogue); err != nil {
		return err
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
func (c *configCmd) started(s *clients.Server, client clients.Client) (err error) {
	if s.Command, err = c.program(client); err != nil {
		return err
	}
	if c.Host != "" {
		host, err := parseHost("--host", c.Host, c.InsecurePosthogHTTP)
		if err != nil {
			return err
		}
		c.inClear = posthog.InClear(host)
		s.Env = append(s.Env, clients.Setting{Name: envHost, Value: c.Host})
	}
	if c.Project != "" {
		if err := checkProject("--project", c.Project, ""); err != nil {
			return err
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
	host, err := parseHost(envHost, cmp.Or(c.Host, os.Getenv(envHost)), c.InsecurePosthogHTTP)
	if err != nil {
		return false, err
	}
	_, kept, err := c.stored(host)
	return kept != nil, err
}

// program is the program that the client starts. A client that is started from a desktop
// may have another PATH than a shell, and gets an absolute path.
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

// listening is the URL of a server that runs already. The URL can narrow the server for
// one caller; only the operator can set the other flags.
func (c *configCmd) listening(words []string) (string, error) {
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
	narrowing := []string{tools.SettingReadOnly, tools.SettingToolsets, tools.SettingTools, tools.SettingExclude, "schema"}
	for _, word := range words {
		flag, value, _ := strings.Cut(word, "=")
		name := strings.TrimPrefix(flag, "--")
		if !slices.Contains(narrowing, name) {
			return "", usage("%s is for a server that the client starts; give it to posthog-mcp http", flag)
		}
		query.Set(strings.ReplaceAll(name, "-", "_"), cmp.Or(value, "true"))
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "%2C", ",")
	return u.String(), nil
}

// carried are the flags that stdio has too, given on the command line or in a variable,
// in the order of the help. A client starts programs in a folder of its own, so
// files become absolute.
func carried(parsed *kong.Context) (words []string, err error) {
	shared := map[string]bool{}
	for _, command := range parsed.Model.Children {
		for _, f := range command.Flags {
			shared[f.Name] = shared[f.Name] || command.Name == "stdio"
		}
	}
	for _, f := range parsed.Selected().Flags {
		word := written(f)
		if word == "" || !shared[f.Name] {
			continue
		}
		if f.PlaceHolder == "FILE" {
			path, err := filepath.Abs(f.Target.String())
			if err != nil {
				return nil, err
			}
			word = "--" + f.Name + "=" + path
		}
		words = append(words, word)
	}
	return words, nil
}

// written is a flag and its value as a word of a command line; empty for the default.
func written(f *kong.Flag) string {
	text := fmt.Sprint(f.Target.Interface())
	switch value := f.Target.Interface().(type) {
	case bool:
		if value {
			return "--" + f.Name
		}
		return ""
	case []string:
		list := make([]string, len(value))
		for i, item := range value {
			list[i] = strings.ReplaceAll(item, ",", `\,`)
		}
		text = strings.Join(list, ",")
	}
	if text == f.Default {
		return ""
	}
	return "--" + f.Name + "=" + text
}
