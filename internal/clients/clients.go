// Package clients knows how MCP clients are told of a server: the file and the
// shape in it, the client's own command, the link that installs it. A client is
// one declaration in [All].
//
// A key is in none of it where the client can ask for it or take it from the
// environment; else the configuration names a file that holds the key. Where
// nothing but the key itself will do, [Placeholder] stands for it.
package clients

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Placeholder stands for the key where a client takes nothing else.
const Placeholder = "phx_your_key"

// A Server is what a client is told of: a program to start, or, with a URL, one
// that listens already.
type Server struct {
	// Name is what the client calls it.
	Name string
	// URL is that of Streamable HTTP. With it the fields below but Key mean
	// nothing.
	URL string
	// Command is the program, Args what follows it.
	Command string
	Args    []string
	// Env are settings that are no secret, in the order in which they are shown.
	Env []Setting
	// Key is the variable that holds the key, in the environment of the client
	// and of the server. Empty: none is needed or, without a URL, KeyFile is to
	// be used.
	Key string
	// KeyFile is the setting that names a file with the key, for clients that
	// cannot refer to a variable. Without a name: none.
	KeyFile Setting
	// Login says that the server has a login, and needs no key.
	Login bool
}

// A Setting is a variable of the environment and its value.
type Setting struct{ Name, Value string }

// nameShape is what every client takes.
var nameShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Check refuses what cannot be written into every client's file or command.
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

// environment is what a client sets for the program. reference is how it refers
// to a variable of its own environment; empty: not at all.
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
	key := Placeholder
	if reference != "" {
		key = refer(reference, s)
	}
	return "Bearer " + key
}

// refer fills the names into a client's way to refer to the key.
func refer(reference string, s Server) string {
	return strings.NewReplacer("VARIABLE", s.Key, "SERVER", s.Name).Replace(reference)
}

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

// KeyWay says how the key gets to s when c's file holds what [Client.Snippet]
// says.
func (c Client) KeyWay(s Server) KeyWay { return keyWay(s, c.Reference, c.Asks) }

// CommandKeyWay says the same of [Client.Command].
func (c Client) CommandKeyWay(s Server) KeyWay {
	if s.URL != "" {
		return c.KeyWay(s)
	}
	return keyWay(s, c.CommandReference, false)
}

func keyWay(s Server, reference string, asks bool) KeyWay {
	switch {
	case s.Key == "" && s.URL != "":
		return KeyNone
	case s.Key != "" && reference != "" && asks:
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
