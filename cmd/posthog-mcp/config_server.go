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
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/guard"
)

// describe fills in the server that the client connects to.
func (c *configCmd) describe(parsed *kong.Context, catalogue *engine.Catalogue) (err error) {
	if err := c.checkNames(catalogue); err != nil {
		return err
	}
	c.server = clients.Server{Name: c.Name, Key: envKey}
	if words := carried(parsed); c.HTTP != "" {
		c.server.URL, err = c.listening(words)
	} else {
		c.server.Args = append([]string{"stdio"}, words...)
		err = c.started(&c.server)
	}
	if err != nil {
		return err
	}
	return blame("", c.server.Check())
}

// longestName is the limit of the providers of models; clients put mcp__SERVER__
// before the name of a tool.
const longestName = 64

// checkNames refuses names that would fail at the client only.
func (c *configCmd) checkNames(catalogue *engine.Catalogue) error {
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
func (c *configCmd) started(s *clients.Server) error {
	command, errCommand := c.program()
	_, errHost := parseHost("--host", c.Host, c.InsecurePosthogHTTP)
	if err := cmp.Or(errCommand, errHost, checkProject("--project", c.Project, "")); err != nil {
		return err
	}
	s.Command = command
	if c.KeyFile == "" && !keyGiven() && !c.Sandbox {
		used := cmp.Or(c.Host, os.Getenv(envHost))
		at, err := parseHost(envHost, used, c.InsecurePosthogHTTP)
		if err != nil {
			return err
		}
		_, kept, err := c.stored(at)
		if err != nil {
			return err
		}
		if kept != nil {
			s.Login, c.Host = true, used
		}
	}
	for _, setting := range []clients.Setting{{Name: envHost, Value: c.Host}, {Name: envProject, Value: c.Project}} {
		if setting.Value != "" {
			s.Env = append(s.Env, setting)
		}
	}
	return c.keyed(s)
}

// keyed says where the key comes from.
func (c *configCmd) keyed(s *clients.Server) (err error) {
	if c.Sandbox || s.Login {
		s.Key = ""
		return nil
	}
	s.KeyFile.Name = envKeyFile
	path := c.KeyFile
	if path == "" && os.Getenv(envKey) == "" {
		path = os.Getenv(envKeyFile)
	}
	if path == "" {
		s.KeyFile.Value, err = system().KeyFile()
		return err
	}
	s.Key = ""
	s.KeyFile.Value, err = filepath.Abs(path)
	return err
}

// program is the program that the client starts. A client that is started from a desktop
// may have another PATH than a shell, and gets an absolute path.
func (c *configCmd) program() (string, error) {
	if c.Command != "" {
		if c.client.Absolute && !filepath.IsAbs(c.Command) {
			return "", usage("--command: %s wants the absolute path of the program", c.client.Title)
		}
		return c.Command, nil
	}
	found, err := exec.LookPath("posthog-mcp")
	switch {
	case err != nil:
		return os.Executable()
	case c.client.Absolute:
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
	narrowing := []string{engine.SettingReadOnly, engine.SettingToolsets, engine.SettingTools, engine.SettingExclude, "schema"}
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
// in the order of the help.
func carried(parsed *kong.Context) (words []string) {
	for _, f := range parsed.Selected().Flags {
		shared := slices.ContainsFunc(stdioFlags(parsed), func(s *kong.Flag) bool { return s.Name == f.Name })
		if word := written(f); shared && word != "" {
			words = append(words, word)
		}
	}
	return words
}

// stdioFlags are the flags of stdio alone.
func stdioFlags(parsed *kong.Context) []*kong.Flag {
	i := slices.IndexFunc(parsed.Model.Children, func(c *kong.Node) bool { return c.Name == "stdio" })
	return parsed.Model.Children[i].Flags
}

// written is a flag and its value as a word of a command line; empty for the default. A
// client starts programs in a folder of its own, so a file becomes absolute.
func written(f *kong.Flag) string {
	text := fmt.Sprint(f.Target.Interface())
	if list, ok := f.Target.Interface().([]string); ok {
		text = kong.JoinEscaped(list, ',')
	}
	switch {
	case f.IsBool() && f.Target.Bool():
		return "--" + f.Name
	case f.IsBool(), text == f.Default:
		return ""
	}
	if path, err := filepath.Abs(text); err == nil && f.PlaceHolder == "FILE" {
		text = path
	}
	return "--" + f.Name + "=" + text
}
