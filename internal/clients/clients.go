// Package clients has the configurations of MCP clients for a server: the file and the
// form of its entry, the client's own command, the link that installs the server. A
// client is one declaration in [All].
//
// A configuration holds no key: the client asks for the key or takes it from its
// environment, or the configuration names a file with the key. If a client accepts only
// the key itself, [Placeholder] stands for it.
package clients

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Placeholder stands for the key in the file of a client that accepts nothing else.
const Placeholder = "phx_your_key"

// A Server is a program for a client to start, or, with a URL, one that listens already.
type Server struct {
	Name string // as the client calls it
	// URL is that of Streamable HTTP. With it, the fields below except Key are unused.
	URL     string
	Command string
	Args    []string
	Env     []Setting // without secrets, in their order
	// Key is the variable with the key, in the environment of the client and of the
	// server. Empty: no key is needed, or KeyFile is used.
	Key string
	// KeyFile is the setting that names a file with the key, for clients that cannot
	// refer to a variable. Without a name: none.
	KeyFile Setting
	Login   bool // the server has a login, and needs no key
}

// A Setting is a variable of the environment and its value.
type Setting struct{ Name, Value string }

// nameShape matches the names that every client accepts.
var nameShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Check refuses values that cannot be in every client's file or command.
func (s Server) Check() error {
	if !nameShape.MatchString(s.Name) {
		return errors.New("a server's name has letters, digits, - and _ only")
	}
	words := append([]string{s.URL, s.Command, s.KeyFile.Value}, s.Args...)
	for _, setting := range s.Env {
		words = append(words, setting.Value)
	}
	for _, word := range words {
		if strings.ContainsFunc(word, unicode.IsControl) {
			return fmt.Errorf("%q has a character that no terminal shows", word)
		}
	}
	return nil
}

// environment are the variables that a client sets for the program. reference is how it
// refers to a variable of its own environment; empty: it cannot.
func (s Server) environment(reference string) []Setting {
	env := s.Env[:len(s.Env):len(s.Env)]
	switch {
	case s.Key != "" && reference != "":
		return append(env, Setting{s.Key, refer(reference, s)})
	case s.KeyFile.Name != "":
		return append(env, s.KeyFile)
	}
	return env
}

// bearer is the value of the header that carries the key.
func (s Server) bearer(reference string) string {
	return "Bearer " + cmp.Or(refer(reference, s), Placeholder)
}

// refer fills the names into a client's way to refer to the key.
func refer(reference string, s Server) string {
	return strings.NewReplacer("VARIABLE", s.Key, "SERVER", s.Name).Replace(reference)
}

// asking begins a reference to a question that the client asks, whose id follows.
const asking = "${input:"

// A KeyWay is how a key reaches a server through a client's configuration.
type KeyWay int

// The ways of a key.
const (
	KeyNone        KeyWay = iota // no key is needed
	KeyVariable                  // the client takes it from its environment
	KeyAsked                     // the client asks for it
	KeyFromFile                  // the server reads a file
	KeyPlaceholder               // people put it in the place of [Placeholder]
)

// KeyWay says how the key gets to s with [Client.Snippet] in c's file.
func (c Client) KeyWay(s Server) KeyWay { return keyWay(s, c.Reference) }

// CommandKeyWay says how the key gets to s with [Client.Command].
func (c Client) CommandKeyWay(s Server) KeyWay {
	if s.URL != "" {
		return c.KeyWay(s)
	}
	return keyWay(s, c.CommandReference)
}

func keyWay(s Server, reference string) KeyWay {
	switch {
	case s.Key == "" && s.URL != "":
		return KeyNone
	case s.Key != "" && strings.HasPrefix(reference, asking):
		return KeyAsked
	case s.Key != "" && reference != "":
		return KeyVariable
	case s.URL != "":
		return KeyPlaceholder
	case s.KeyFile.Name != "":
		return KeyFromFile
	}
	return KeyNone
}

// A System is a person's machine.
type System struct {
	OS   string              // as GOOS has it
	Home string              // the home directory
	Env  func(string) string // the environment
}

// usually are the directories for variables that are not set.
var usually = map[string]string{
	"XDG_CONFIG_HOME": "~/.config",
	"APPDATA":         "~/AppData/Roaming",
	"LOCALAPPDATA":    "~/AppData/Local",
	"CODEX_HOME":      "~/.codex",
	"COPILOT_HOME":    "~/.copilot",
}

// File is the path of c's configuration. A path that is not absolute belongs to
// the folder that the client is started in.
func (c Client) File(sys System) (string, error) {
	place, ok := c.Files[sys.OS]
	if !ok {
		place = c.Files[""]
	}
	return sys.path(place)
}

// KeyFile is the usual path of the file with the key.
func (sys System) KeyFile() (string, error) {
	if sys.OS == "windows" {
		return sys.path("$APPDATA/posthog-mcp/key")
	}
	return sys.path("$XDG_CONFIG_HOME/posthog-mcp/key")
}

// path fills in the directories of a place.
func (sys System) path(place string) (string, error) {
	root, rest, _ := strings.Cut(place, "/")
	if name, ok := strings.CutPrefix(root, "$"); ok {
		// A relative path is to be ignored, says the XDG specification.
		if root = sys.Env(name); !strings.HasPrefix(root, "/") && (sys.OS != "windows" || root == "") {
			root, rest, _ = strings.Cut(usually[name]+"/"+rest, "/")
		}
	}
	switch {
	case root == place:
		return place, nil
	case root == "~" && sys.Home == "":
		return "", fmt.Errorf("find %s: there is no home directory", place)
	case root == "~":
		root = sys.Home
	}
	path := strings.TrimRight(root, `/\`) + "/" + rest
	if sys.OS == "windows" {
		path = strings.ReplaceAll(path, "/", `\`)
	}
	return path, nil
}
