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
	"posthog-mcp/tools"
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
func (c *configCmd) Run(tty console, parsed *kong.Context, catalogue *tools.Catalogue) error {
	client, _ := clients.Named(c.Client) // the enum has these names and no others
	server, err := c.server(client, parsed, catalogue)
	if err != nil {
		return err
	}
	a := advice{client: client, server: server, file: c.File, to: tty.err}
	if host, err := posthog.ParseHost(c.Host, true); err == nil && posthog.InClear(host) {
		a.say("Warning: the key and all data will travel in clear to %s.", c.Host)
	}
	if a.file == "" {
		if a.file, err = client.File(system()); err != nil {
			return err
		}
	}
	command, own := client.Command(server, runtime.GOOS)
	switch {
	case c.Write && own:
		a.say("%s has a command for this; run it:", client.Title)
		c.Print = "command"
	case c.Write && client.Format == "":
		return a.merge()
	case c.Write:
		a.say("The file of %s is %s, which this program does not change: paste this.", client.Title, strings.ToUpper(client.Format))
	}
	return c.print(tty.out, a, command)
}

// print prints what was asked for, and advice on it.
func (c *configCmd) print(out io.Writer, a advice, command string) error {
	link, _ := a.client.Link(a.server)
	var text string
	var advise func()
	switch c.Print {
	case "command":
		text, advise = command, func() { a.key(a.client.CommandKeyWay(a.server)) }
	case "link":
		text, advise = link, func() { a.key(a.client.KeyWay(a.server)) }
	case "badge":
		text, _ = a.client.Badge(a.server)
		advise = func() {} // the key is the reader's matter
	default:
		text, advise = a.client.Snippet(a.server), func() { a.snippet(command, link) }
	}
	if text == "" {
		return usage("--print %s: %s has none", c.Print, a.client.Title)
	}
	_, err := fmt.Fprintln(out, strings.TrimSuffix(text, "\n"))
	advise()
	return err
}

// system is this machine. Without a home directory only some paths are unknown.
func system() clients.System {
	home, _ := os.UserHomeDir()
	return clients.System{OS: runtime.GOOS, Home: home, Env: os.Getenv}
}

// merge updates the client's file, and prints the changes.
func (a advice) merge() error {
	change, err := rewrite.File(a.file, func(content []byte) ([]byte, error) {
		merged, err := a.client.Merge(content, a.server)
		if err != nil {
			return nil, fmt.Errorf("%s is left as it is: %w", a.file, err)
		}
		return merged, nil
	})
	if err != nil {
		return err
	}
	if !change.Changed() {
		a.say("%s has it already: nothing to do.", a.file)
		return nil
	}
	diff, err := a.client.Diff(filepath.ToSlash(a.file), change.Before, change.After, a.server)
	if err != nil {
		return err
	}
	a.say("%s", diff)
	a.say("Wrote %s.", a.file)
	if change.Backup != "" {
		a.say("What it was is in %s; delete that when all is well.", change.Backup)
	}
	// Without the placeholder a key was there, and still is.
	if way := a.client.KeyWay(a.server); way != clients.KeyPlaceholder || bytes.Contains(change.After, []byte(clients.Placeholder)) {
		a.key(way)
	}
	return nil
}

// advice prints where a configuration belongs, and how the key gets there.
type advice struct {
	client clients.Client
	server clients.Server
	file   string
	to     io.Writer
}

func (a advice) say(format string, args ...any) { fmt.Fprintf(a.to, format+"\n", args...) }

// snippet says where the printed snippet belongs, and which other ways there are.
func (a advice) snippet(command, link string) {
	way := a.client.KeyWay(a.server)
	a.say("\nThis belongs in %s.", a.file)
	if command == "" && a.client.Format == "" {
		a.say("--write puts it there.")
	}
	a.key(way)
	if command != "" {
		a.say("Or run: %s", command)
		if other := a.client.CommandKeyWay(a.server); other != way {
			a.key(other)
		}
	}
	if link != "" {
		a.say("Or open: %s", link)
	}
}

// key says how the key gets to the server.
func (a advice) key(way clients.KeyWay) {
	if a.server.URL != "" && a.client.Remote == nil {
		a.say("%s starts programs only: mcp-remote, a program from npm, leads to the URL; it needs Node.js.", a.client.Title)
	}
	if a.server.Login {
		a.say("The server uses your login (posthog-mcp login): no key is needed.")
	}
	switch way {
	case clients.KeyVariable:
		a.say("The key comes from %s in the environment that %s is started with.", a.server.Key, a.client.Title)
	case clients.KeyAsked:
		a.say("%s asks for the key once, and keeps it.", a.client.Title)
	case clients.KeyFromFile:
		path := a.server.KeyFile.Value
		a.say("The server reads the key from %s, which nobody but you may read.", path)
		if runtime.GOOS != "windows" { // in this way the key is in no history of commands
			folder, file := clients.Quote(filepath.Dir(path), runtime.GOOS), clients.Quote(path, runtime.GOOS)
			a.say("To put it there, run this, paste the key and press Enter and Ctrl-D: (umask 077; mkdir -p %s && cat > %s)", folder, file)
		}
	case clients.KeyPlaceholder:
		a.say("Put your key in the place of %s; the file is then as secret as the key.", clients.Placeholder)
	case clients.KeyNone:
	}
}
