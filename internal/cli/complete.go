package cli

import (
	"embed"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
)

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

// Candidates are the words that the last of the given words may become. The words are
// those after the name of the program.
func Candidates(app *kong.Kong, catalogue *engine.Catalogue, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	before, last := words[:len(words)-1], words[len(words)-1]
	// Kong reads the words up to the first that is wrong, as one without its value.
	parsed, err := kong.Trace(app, before)
	if err != nil {
		return nil
	}
	l := line{catalogue: catalogue, node: app.Model.Node, flags: parsed.Flags(), ended: slices.Contains(before, "--")}
	if selected := parsed.Selected(); selected != nil {
		l.node, l.places = selected, selected.Positional
	}
	for _, part := range parsed.Path {
		if part.Positional != nil {
			l.places = l.places[1:]
			if part.Positional.Name == "tool" {
				l.tool = catalogue.Tool(parsed.Value(part).String())
			}
		}
	}
	if n := len(before); n > 0 {
		l.open = l.flag(before[n-1])
	}
	return slices.DeleteFunc(l.next(last), func(word string) bool {
		return word == "" || word != Files && !strings.HasPrefix(word, last)
	})
}

// line is the part of a command line before the cursor.
type line struct {
	catalogue *engine.Catalogue
	node      *kong.Node // the command that the words select
	flags     []*kong.Flag
	open      *kong.Flag         // the flag whose value is the next word
	ended     bool               // by --, after which there are no flags
	places    []*kong.Positional // that are still to be given
	tool      *engine.Tool
}

// flag finds --name and -n.
func (l *line) flag(word string) *kong.Flag {
	for _, f := range l.flags {
		if word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

// next has the candidates for a word that begins with the given text.
func (l *line) next(word string) (found []string) {
	name, value, whole := strings.Cut(word, "=")
	switch {
	case l.open != nil && !l.open.IsBool() && !l.ended:
		return l.values(l.open, word)
	case !l.ended && whole && strings.HasPrefix(name, "--"):
		return after(name+"=", l.values(l.flag(name), value))
	case !l.ended && strings.HasPrefix(word, "-"):
		return l.flagNames()
	}
	for _, child := range l.node.Children {
		if !child.Hidden {
			found = append(found, child.Name)
		}
	}
	if len(l.places) > 0 {
		found = l.places[0].EnumSlice()
		if l.places[0].Name == "tool" {
			found = l.toolNames()
		}
	}
	if strings.Join(found, "") == "" && word == "" && !l.ended {
		return l.flagNames()
	}
	return found
}

func (l *line) flagNames() (found []string) {
	for _, f := range l.flags {
		if !f.Hidden {
			found = append(found, "--"+f.Name)
		}
	}
	slices.Sort(found)
	return found
}

func (l *line) toolNames() (found []string) {
	for _, t := range l.catalogue.Tools() {
		found = append(found, t.Name)
	}
	return found
}

// values are the values of a flag, of which the given text is there.
func (l *line) values(flag *kong.Flag, begun string) []string {
	switch {
	case flag == nil:
		return nil
	case flag.Name == "arg":
		return l.toolArguments(begun)
	case flag.Name == engine.SettingToolsets:
		return oneMore(tools.Toolsets(), begun)
	case flag.PlaceHolder == "TOOL":
		return oneMore(l.toolNames(), begun)
	case flag.PlaceHolder == "FILE", flag.PlaceHolder == "PATH":
		return []string{Files}
	case flag.IsBool():
		return []string{"true", "false"}
	}
	return flag.EnumSlice()
}

// after puts each word behind what is before it.
func after(before string, words []string) (found []string) {
	for _, word := range words {
		if word != Files {
			word = before + word
		}
		found = append(found, word)
	}
	return found
}

// oneMore adds each word that is not yet in a list with commas to it.
func oneMore(all []string, begun string) []string {
	end := strings.LastIndex(begun, ",") + 1
	have := strings.Split(begun[:end], ",")
	return after(begun[:end], slices.DeleteFunc(slices.Clone(all), func(word string) bool { return slices.Contains(have, word) }))
}

// toolArguments are the names of the tool's arguments, or the values of the argument
// that is named.
func (l *line) toolArguments(begun string) (found []string) {
	i := strings.IndexAny(begun, "=@")
	switch {
	case l.tool == nil:
		return nil
	case i < 0:
		for _, f := range l.tool.Schema.Fields() {
			found = append(found, f.Name+"=")
		}
		return found
	case begun[i] == '@':
		return []string{Files}
	}
	name, value := begun[:i+1], begun[i+1:]
	switch f := l.tool.Schema.Field(begun[:i]); {
	case f == nil:
		return nil
	case f.Type == "boolean":
		return after(name, []string{"true", "false"})
	case f.Type == "array":
		return after(name, oneMore(f.Enum, value))
	default:
		return after(name, f.Enum)
	}
}
