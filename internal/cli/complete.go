package cli

import (
	"cmp"
	"embed"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
)

// Complete is the hidden command that the shells' scripts call, with -- and the
// words behind posthog-mcp up to the cursor. It prints a candidate a line: the
// whole word, a tab, and its description. So the shells offer exactly what this
// version takes, down to the arguments of a tool and their values.
const Complete = "__complete"

// Files is a candidate that has the shell offer the names of files instead. They
// replace the text after the last = or @ of the word.
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
	return slices.DeleteFunc(l.next(words[last]), func(c Candidate) bool {
		return c.Word != Files && !strings.HasPrefix(c.Word, words[last])
	})
}

// line is the part of a command line that is in front of the cursor.
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
	name, value, whole := strings.Cut(word, "=")
	flag := l.open
	switch {
	case flag != nil:
		l.given[flag.Name] = append(l.given[flag.Name], word)
		l.open = nil
	case !l.ended && word == "--":
		l.ended = true
	case !l.ended && strings.HasPrefix(word, "-") && word != "-":
		switch flag = l.flag(name); {
		case flag == nil:
		case whole || flag.IsBool():
			l.given[flag.Name] = append(l.given[flag.Name], value)
		default:
			l.open = flag
		}
	default:
		l.readWord(word)
	}
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

// flags are those of the command and of its parents.
func (l *line) flags() []*kong.Flag { return slices.Concat(l.node.AllFlags(true)...) }

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
			found = append(found, Candidate{child.Name, firstSentence(child.Help)})
		}
	}
	switch at := l.place(); {
	case at == nil:
	case at.Name == "tool":
		return append(found, l.toolNames()...)
	case at.Enum != "":
		return append(found, candidates(at.Enum, "")...)
	}
	return found
}

// flagNames are the flags that can still be given.
func (l *line) flagNames() (found []Candidate) {
	for _, f := range l.flags() {
		if !f.Hidden && (f.IsSlice() || l.given[f.Name] == nil) {
			found = append(found, Candidate{"--" + f.Name, firstSentence(f.Help)})
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

// firstSentence of a help is all that a shell has room for.
func firstSentence(help string) string {
	sentence, _, _ := strings.Cut(help, ". ")
	return strings.TrimSuffix(sentence, ".")
}

// values are what may follow a flag; before is the part of the word in front of
// the value.
func (l *line) values(flag *kong.Flag, before, value string) []Candidate {
	switch {
	case flag.Name == "arg":
		return l.toolArguments(before, value)
	case flag.Name == tools.SettingToolsets:
		return oneMore(candidates(strings.Join(tools.Toolsets(), ","), ""), before, value)
	case flag.PlaceHolder == "TOOL":
		return oneMore(l.toolNames(), before, value)
	case flag.PlaceHolder == "FILE", flag.PlaceHolder == "PATH":
		return []Candidate{{Files, ""}}
	case flag.IsBool():
		return candidates("true,false", before)
	}
	return candidates(flag.Enum, before)
}

// candidates are words that commas separate, each behind before.
func candidates(words, before string) (found []Candidate) {
	for word := range strings.SplitSeq(words, ",") {
		if word = strings.TrimSpace(word); word != "" {
			found = append(found, Candidate{before + word, ""})
		}
	}
	return found
}

// oneMore adds each word that a list with commas lacks to it.
func oneMore(all []Candidate, before, value string) (found []Candidate) {
	end := strings.LastIndex(value, ",") + 1
	have := strings.Split(value[:end], ",")
	for _, c := range all {
		if !slices.Contains(have, c.Word) {
			found = append(found, Candidate{before + value[:end] + c.Word, c.About})
		}
	}
	return found
}

// toolArguments are the names that the tool takes, and the values of the one
// that is named.
func (l *line) toolArguments(before, value string) []Candidate {
	tool := l.catalogue.Tool(l.tool)
	if tool == nil {
		return nil
	}
	if name, _, found := strings.Cut(value, "@"); found && !strings.Contains(name, "=") {
		return []Candidate{{Files, ""}}
	}
	if name, begun, named := strings.Cut(value, "="); named {
		return argumentValues(tool.Schema.Field(name), before+name+"=", begun)
	}
	var required, optional []Candidate
	for _, f := range tool.Schema.Fields() {
		c := Candidate{before + f.Name + "=", firstSentence(f.Description)}
		switch {
		case l.has(f.Name) && f.Type != "array":
		case f.Required:
			c.About = strings.TrimSuffix("required. "+c.About, ". ")
			required = append(required, c)
		default:
			optional = append(optional, c)
		}
	}
	return append(required, optional...)
}

// has is true for an argument that is given, as name=, name:= or name@.
func (l *line) has(name string) bool {
	return slices.ContainsFunc(l.given["arg"], func(argument string) bool {
		rest, found := strings.CutPrefix(argument, name)
		return found && (strings.HasPrefix(rest, "@") || strings.HasPrefix(strings.TrimLeft(rest, ":"), "="))
	})
}

func argumentValues(f *schema.Field, before, begun string) []Candidate {
	switch {
	case f == nil:
		return nil
	case f.Type == "boolean":
		return candidates("true,false", before)
	case f.Type == "array":
		return oneMore(candidates(strings.Join(f.Enum, ","), ""), before, begun)
	}
	return candidates(strings.Join(f.Enum, ","), before)
}
