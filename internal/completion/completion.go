// Package completion finishes command lines in a shell. The shells' scripts are
// thin: they ask posthog-mcp itself what may stand next, so that what is offered
// is what this very version takes, down to the arguments of a tool and their
// values.
package completion

import (
	"cmp"
	"embed"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"posthog-mcp/tools"
)

// Command is the hidden command that the scripts call, with -- and the words
// behind posthog-mcp up to the cursor. It prints a candidate a line: the whole
// word, a tab, and what it is about.
const Command = "__complete"

// Files asks, in the place of a candidate, the shell for the names of files:
// they take the place of what is behind the last = or @ of the word.
const Files = ":files"

//go:embed script/posthog-mcp.*
var scripts embed.FS

// Script is the script for a shell: bash, zsh or fish.
func Script(shell string) (string, error) {
	text, err := scripts.ReadFile("script/posthog-mcp." + shell)
	return string(text), err
}

// A Candidate is a word that may stand at the cursor.
type Candidate struct{ Word, About string }

// Candidates are what the last of the words may become. The words are those
// behind the program's name.
func Candidates(app *kong.Node, catalogue *tools.Catalogue, words []string) []Candidate {
	if len(words) == 0 {
		words = []string{""}
	}
	last := len(words) - 1
	l := line{node: app, catalogue: catalogue, given: map[string][]string{}}
	for _, word := range words[:last] {
		l.read(word)
	}
	found := slices.DeleteFunc(l.next(words[last]), func(c Candidate) bool {
		return c.Word != Files && !strings.HasPrefix(c.Word, words[last])
	})
	return found
}

// line is what a command line says so far.
type line struct {
	catalogue *tools.Catalogue
	// node is the command that the words have come to.
	node *kong.Node
	// open is the flag whose value is the next word.
	open *kong.Flag
	// given are the flags and their values.
	given map[string][]string
	// places is how many positional arguments there are; flags end at --.
	places int
	ended  bool
	tool   string
}

func (l *line) read(word string) {
	switch {
	case l.open != nil:
		l.give(l.open, word)
		l.open = nil
	case !l.ended && word == "--":
		l.ended = true
	case !l.ended && strings.HasPrefix(word, "-") && word != "-":
		l.readFlag(word)
	default:
		l.readWord(word)
	}
}

func (l *line) readFlag(word string) {
	name, value, whole := strings.Cut(word, "=")
	flag := l.flag(name)
	switch {
	case flag == nil:
	case whole || flag.IsBool():
		l.give(flag, value)
	default:
		l.open = flag
	}
}

func (l *line) give(flag *kong.Flag, value string) {
	l.given[flag.Name] = append(l.given[flag.Name], value)
}

func (l *line) readWord(word string) {
	for _, child := range l.node.Children {
		if child.Name == word {
			l.node = child
			return
		}
	}
	if at := l.place(); at != nil && at.Name == "tool" {
		l.tool = word
	}
	l.places++
}

// place is the positional argument that comes next; nil for none.
func (l *line) place() *kong.Positional {
	if l.places < len(l.node.Positional) {
		return l.node.Positional[l.places]
	}
	return nil
}

// flags are those of the command and of what it belongs to.
func (l *line) flags() (all []*kong.Flag) {
	for _, group := range l.node.AllFlags(true) {
		all = append(all, group...)
	}
	return all
}

// flag finds --name and -n.
func (l *line) flag(word string) *kong.Flag {
	for _, f := range l.flags() {
		if word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

// next is what may stand at the cursor, where there is the beginning of a word.
func (l *line) next(word string) []Candidate {
	name, value, whole := strings.Cut(word, "=")
	switch {
	case l.open != nil:
		return l.values(l.open, "", word)
	case !l.ended && whole && strings.HasPrefix(name, "--"):
		if flag := l.flag(name); flag != nil {
			return l.values(flag, name+"=", value)
		}
		return nil
	case !l.ended && strings.HasPrefix(word, "-"):
		return l.flagNames()
	}
	found := l.words()
	if len(found) == 0 && word == "" && !l.ended {
		return l.flagNames() // there is nothing else to add
	}
	return found
}

func (l *line) words() (found []Candidate) {
	for _, child := range l.node.Children {
		if !child.Hidden {
			found = append(found, Candidate{child.Name, about(child.Help)})
		}
	}
	at := l.place()
	switch {
	case at == nil:
	case at.Name == "tool":
		return append(found, l.toolNames()...)
	case at.Enum != "":
		return append(found, enum(at.Enum, "")...)
	}
	return found
}

// flagNames are the flags that can still be given.
func (l *line) flagNames() (found []Candidate) {
	for _, f := range l.flags() {
		if !f.Hidden && (f.IsSlice() || l.given[f.Name] == nil) {
			found = append(found, Candidate{"--" + f.Name, about(f.Help)})
		}
	}
	slices.SortStableFunc(found, func(a, b Candidate) int { return cmp.Compare(a.Word, b.Word) })
	return found
}

func (l *line) toolNames() (found []Candidate) {
	for _, t := range l.catalogue.Tools() {
		found = append(found, Candidate{t.Name, t.Title})
	}
	return found
}

// about is the first sentence of a help, which is all that a shell has room for.
func about(help string) string {
	sentence, _, _ := strings.Cut(help, ". ")
	return strings.TrimSuffix(sentence, ".")
}
