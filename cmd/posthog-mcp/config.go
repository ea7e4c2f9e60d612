package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/alecthomas/kong"

	"posthog-mcp/internal/clients"
	"posthog-mcp/internal/clients/rewrite"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// configCmd has the flags of stdio too, and puts them into the configuration.
type configCmd struct {
	stdioCmd
	Client  string `arg:"" enum:"${clients}" help:"One of ${enum}."`
	HTTP    string `name:"http" placeholder:"URL" help:"Connect to a server that listens there (posthog-mcp http), instead of starting one."`
	Print   string `enum:"file,command,link,badge" default:"file" help:"What to print: what belongs in the client's file, the client's own command, the link that installs it, or that link as a badge for a website."`
	Write   bool   `help:"Merge it into the client's file. The file as it was is kept beside it."`
	File    string `placeholder:"PATH" help:"The client's file, when it is not the usual one."`
	Name    string `default:"posthog" help:"What the client is to call the server."`
	Command string `placeholder:"PATH" help:"The program that the client is to start. Default: posthog-mcp where it is on the PATH, else this very file."`
	KeyFile string `placeholder:"PATH" help:"File with the key, yours alone, which the server is to read."`
	Host    string `placeholder:"HOST" help:"POSTHOG_HOST for the server: us, eu or a URL."`
	Project string `placeholder:"ID" help:"POSTHOG_PROJECT_ID for the server."`

	client  clients.Client
	server  clients.Server
	command string    // the client's own, for the server; empty if it has none
	advice  io.Writer // for people
}

func (configCmd) Help() string {
	return `Examples:
  posthog-mcp config cursor --read-only        what belongs in Cursor's file
  posthog-mcp config vscode --write            merge it into VS Code's file
  posthog-mcp config claude-code --print command
  posthog-mcp config zed --http https://mcp.example.com/mcp

Other flags, as --read-only here, are those of stdio: the server will be started
with them. No key is ever printed or written: the client asks for it, takes it
from its environment, or the server reads a file.
`
}

// Run prints the configuration to stdout, or merges it into the client's file. Advice
// for people goes to stderr.
func (c *configCmd) Run(tty console, parsed *kong.Context, catalogue *engine.Catalogue) (err error) {
	c.client, _ = clients.Named(c.Client) // the enum has these names and no others
	c.advice = tty.err
	if err := c.describe(parsed, catalogue); err != nil {
		return err
	}
	if host, err := posthog.ParseHost(c.Host, true); err == nil && posthog.InClear(host) {
		c.say("Warning: the key and all data will travel in clear to %s.", c.Host)
	}
	if c.File == "" {
		if c.File, err = c.client.File(system()); err != nil {
			return err
		}
	}
	c.command = c.client.Command(c.server, runtime.GOOS)
	switch {
	case c.Write && c.command != "":
		c.say("%s has a command for this; run it:", c.client.Title)
		c.Print = "command"
	case c.Write && c.client.Format == "":
		return c.merge()
	case c.Write:
		c.say("The file of %s is %s, which this program does not change: paste this.", c.client.Title, strings.ToUpper(c.client.Format))
	}
	return c.print(tty.out)
}

func (c *configCmd) print(out io.Writer) error {
	text := map[string]string{
		"file": c.client.Snippet(c.server), "command": c.command, "link": c.client.Link(c.server), "badge": c.client.Badge(c.server),
	}
	if text[c.Print] == "" {
		return usage("--print %s: %s has none", c.Print, c.client.Title)
	}
	_, err := fmt.Fprintln(out, strings.TrimSuffix(text[c.Print], "\n"))
	switch c.Print { // a badge's key is the matter of its readers
	case "file":
		c.afterSnippet(text["link"])
	case "command":
		c.sayKey(c.client.CommandKeyWay(c.server))
	case "link":
		c.sayKey(c.client.KeyWay(c.server))
	}
	return err
}

// system is this machine. Without a home directory only some paths are unknown.
func system() clients.System {
	home, _ := os.UserHomeDir()
	return clients.System{OS: runtime.GOOS, Home: home, Env: os.Getenv}
}

func (c *configCmd) merge() error {
	change, err := rewrite.File(c.File, func(content []byte) ([]byte, error) {
		merged, err := c.client.Merge(content, c.server)
		if err != nil {
			return nil, fmt.Errorf("%s is left as it is: %w", c.File, err)
		}
		return merged, nil
	})
	if err != nil {
		return err
	}
	if !change.Changed() {
		c.say("%s has it already: nothing to do.", c.File)
		return nil
	}
	diff, err := c.client.Diff(filepath.ToSlash(c.File), change.Before, change.After, c.server)
	if err != nil {
		return err
	}
	c.say("%s", diff)
	c.say("Wrote %s.", c.File)
	if change.Backup != "" {
		c.say("What it was is in %s; delete that when all is well.", change.Backup)
	}
	// Without the placeholder a key was there, and still is.
	if way := c.client.KeyWay(c.server); way != clients.KeyPlaceholder || bytes.Contains(change.After, []byte(clients.Placeholder)) {
		c.sayKey(way)
	}
	return nil
}

func (c *configCmd) say(format string, args ...any) { fmt.Fprintf(c.advice, format+"\n", args...) }

// afterSnippet says where the printed snippet belongs, and which other ways there are.
func (c *configCmd) afterSnippet(link string) {
	way, ofCommand := c.client.KeyWay(c.server), c.client.CommandKeyWay(c.server)
	c.say("\nThis belongs in %s.", c.File)
	if c.command == "" && c.client.Format == "" {
		c.say("--write puts it there.")
	}
	c.sayKey(way)
	if c.command != "" {
		c.say("Or run: %s", c.command)
		if ofCommand != way {
			c.sayKey(ofCommand)
		}
	}
	if link != "" {
		c.say("Or open: %s", link)
	}
}

func (c *configCmd) sayKey(way clients.KeyWay) {
	if c.server.URL != "" && c.client.Remote == nil {
		c.say("%s starts programs only: mcp-remote, a program from npm, leads to the URL; it needs Node.js.", c.client.Title)
	}
	if c.server.Login {
		c.say("The server uses your login (posthog-mcp login): no key is needed.")
	}
	switch way {
	case clients.KeyVariable:
		c.say("The key comes from %s in the environment that %s is started with.", c.server.Key, c.client.Title)
	case clients.KeyAsked:
		c.say("%s asks for the key once, and keeps it.", c.client.Title)
	case clients.KeyFromFile:
		path := c.server.KeyFile.Value
		c.say("The server reads the key from %s, which nobody but you may read.", path)
		if runtime.GOOS != "windows" { // in this way the key is in no history of commands
			folder, file := clients.Quote(filepath.Dir(path), runtime.GOOS), clients.Quote(path, runtime.GOOS)
			c.say("To put it there, run this, paste the key and press Enter and Ctrl-D: (umask 077; mkdir -p %s && cat > %s)", folder, file)
		}
	case clients.KeyPlaceholder:
		c.say("Put your key in the place of %s; the file is then as secret as the key.", clients.Placeholder)
	case clients.KeyNone:
	}
}
