package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"

	"posthog-mcp/internal/clients"
)

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
		a.say("The server reads the key from %s, which nobody but you may read.", a.server.KeyFile.Value)
		if runtime.GOOS != "windows" {
			a.say("To put it there, run this, paste the key and press Enter and Ctrl-D: %s", keep(a.server.KeyFile.Value))
		}
	case clients.KeyPlaceholder:
		a.say("Put your key in the place of %s; the file is then as secret as the key.", clients.Placeholder)
	case clients.KeyNone:
	}
}

// keep is the command that writes its input into a private file, so that the key is in
// no history of commands.
func keep(path string) string {
	folder, path := clients.Quote(filepath.Dir(path), runtime.GOOS), clients.Quote(path, runtime.GOOS)
	return "(umask 077; mkdir -p " + folder + " && cat > " + path + ")"
}
