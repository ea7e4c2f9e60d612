package cli

import (
	"cmp"
	"embed"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/operations"
)

// Complete is the hidden command that the scripts of the shells call, with -- and the
// words between posthog-mcp and the cursor. It prints the candidates, one per line: the
// whole word, a tab and its description.
const Complete = "__complete"

// Files is a candidate that stands for the names of files. They replace the text after
// the last = or @ of the word.
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

// Candidates are the words that the last of the given words may become. The words are
// those after the name of the program.
func Candidates(app *kong.Node, catalogue *tools.Catalogue, words []string) []Candidate {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	l := line{node: app, catalogue: catalogue, given: map[string][]string{}}
	for _, word := range words[:len(words)-1] {
		l.read(word)
	}
	return slices.DeleteFunc(l.next(last), func(c Candidate) bool { return c.Word != Files && !strings.HasPrefix(c.Word, last) })
}

// line is the part of a command line before the cursor.
type line struct {
	catalogue *tools.Catalogue
	node      *kong.Node          // the command that the words select
	open      *kong.Flag          // the flag whose value is the next word
	given     map[string][]string // flags and their values
	ended     bool                // by --, after which there are no flags
	places    int                 // how many positional arguments there are
	tool      string
}

func (l *line) read(word string) {
	name, value, whole := strings.Cut(word, "=")
	switch flag := l.open; {
	case flag != nil:
		l.given[flag.Name] = append(l.given[flag.Name], word)
		l.open = nil
	case !l.ended && word == "--":
		l.ended = true
	case !l.ended && strings.HasPrefix(word, "-") && word != "-":
		if flag = l.flag(name); flag != nil && (whole || flag.IsBool()) {
			l.given[flag.Name] = append(l.given[flag.Name], value)
		} else {
			l.open = flag
		}
	default:
		if i := slices.IndexFunc(l.node.Children, func(child *kong.Node) bool { return child.Name == word }); i >= 0 {
			l.node = l.node.Children[i]
			return
		}
		if at := l.place(); at != nil && at.Name == "tool" {
			l.tool = word
		}
		l.places++
	}
}

// place is the next positional argument, or nil.
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

// next has the candidates for a word that begins with the given text.
func (l *line) next(word string) []Candidate {
	name, value, whole := strings.Cut(word, "=")
	flag := l.flag(name)
	switch {
	case l.open != nil:
		return l.values(l.open, "", word)
	case !l.ended && whole && strings.HasPrefix(name, "--"):
		if flag == nil {
			return nil
		}
		return l.values(flag, name+"=", value)
	case !l.ended && strings.HasPrefix(word, "-"):
		return l.flagNames()
	}
	found := l.words()
	if len(found) == 0 && word == "" && !l.ended {
		return l.flagNames()
	}
	return found
}

// words are the commands, and the values of the next positional argument.
func (l *line) words() (found []Candidate) {
	for _, child := range l.node.Children {
		if !child.Hidden {
			found = append(found, Candidate{child.Name, firstSentence(child.Help)})
		}
	}
	switch at := l.place(); {
	case at != nil && at.Name == "tool":
		return append(found, l.toolNames()...)
	case at != nil:
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

// firstSentence is the part of a help for which a shell has room.
func firstSentence(help string) string {
	sentence, _, _ := strings.Cut(help, ". ")
	return strings.TrimSuffix(sentence, ".")
}

// values are the values of a flag. The word at the cursor is before and value.
func (l *line) values(flag *kong.Flag, before, value string) []Candidate {
	switch {
	case flag.Name == "arg":
		return l.toolArguments(before, value)
	case flag.Name == tools.SettingToolsets:
		return oneMore(candidates(strings.Join(operations.Toolsets(), ","), ""), before, value)
	case flag.PlaceHolder == "TOOL":
		return oneMore(l.toolNames(), before, value)
	case flag.PlaceHolder == "FILE", flag.PlaceHolder == "PATH":
		return []Candidate{{Files, ""}}
	case flag.IsBool():
		return candidates("true,false", before)
	}
	return candidates(flag.Enum, before)
}

// candidates are the words of a list with commas, each after before.
func candidates(words, before string) (found []Candidate) {
	for word := range strings.SplitSeq(words, ",") {
		if word = strings.TrimSpace(word); word != "" {
			found = append(found, Candidate{before + word, ""})
		}
	}
	return found
}

// oneMore adds each word that is not yet in a list with commas to it.
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

// toolArguments are the names of the tool's arguments, required ones first, or the
// values of the argument that is named.
func (l *line) toolArguments(before, value string) []Candidate {
	tool := l.catalogue.Tool(l.tool)
	if tool == nil {
		return nil
	}
	switch i := strings.IndexAny(value, "=@"); {
	case i >= 0 && value[i] == '@':
		return []Candidate{{Files, ""}}
	case i >= 0:
		return argumentValues(tool.Schema.Field(value[:i]), before+value[:i+1], value[i+1:])
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

// has reports whether an argument is given, as name=, name:= or name@.
func (l *line) has(name string) bool {
	return slices.ContainsFunc(l.given["arg"], func(argument string) bool {
		i := strings.IndexAny(argument, ":=@")
		return i >= 0 && argument[:i] == name
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
