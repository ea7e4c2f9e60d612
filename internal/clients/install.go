package clients

import (
	"encoding/base64"
	"net/url"
	"os"
	"regexp"
	"strings"
	"unicode"

	"posthog-mcp/internal/build"
	"posthog-mcp/tools/view"
)

// Command is the client's own command that adds s, quoted for the usual shell of the
// operating system goos. False: the client has none. In its form, a word in capitals
// stands for its values: none, one or several. A flag before it is repeated for each, and
// a comma between makes two words of them.
func (c Client) Command(s Server, goos string) (string, bool) {
	form, values := c.ProgramCommand, map[string][]string{"NAME": {s.Name}, "URL": {c.address(s)}, "COMMAND": {s.Command}, "ARGS": s.Args}
	if s.URL != "" {
		form = c.RemoteCommand
	}
	for _, setting := range s.environment(c.CommandReference) {
		values["SETTING"] = append(values["SETTING"], setting.Name+"="+setting.Value)
	}
	if s.Key != "" {
		values["VARIABLE"], values["HEADER"] = []string{s.Key}, []string{"Authorization: " + s.bearer(c.Reference)}
	}
	var words []string
	for _, word := range strings.Fields(form) {
		i := strings.IndexFunc(word, unicode.IsUpper)
		if i < 0 {
			words = append(words, word)
			continue
		}
		flag, apart := strings.CutSuffix(word[:i], ",")
		for _, value := range values[word[i:]] {
			if apart {
				words = append(words, flag, Quote(value, goos))
			} else {
				words = append(words, Quote(flag+value, goos))
			}
		}
	}
	return strings.Join(words, " "), form != ""
}

var (
	plainInShell      = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)
	plainInPowerShell = regexp.MustCompile(`^[A-Za-z0-9_+=:/\\-]+$`) // a comma makes a list there
)

// Quote writes a word for a POSIX shell, or for PowerShell if goos is windows. Neither
// expands a $ in single quotes.
func Quote(word, goos string) string {
	plain, escaped := plainInShell, `'\''`
	if goos == "windows" {
		plain, escaped = plainInPowerShell, `''`
	}
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", escaped) + "'"
}

// Link is an address that, when opened, makes the client offer to add s. False: the
// client has none.
func (c Client) Link(s Server) (string, bool) {
	link := c.expand(c.Install, s)
	return link, link != ""
}

// Badge is Link for a page of a website, in Markdown: a picture that leads to an https
// address, since such pages drop all other links. False: the client has none.
func (c Client) Badge(s Server) (string, bool) {
	address := c.expand(c.Web, s)
	return "[![Add to " + c.Title + "](" + c.BadgeImage + ")](" + address + ")", address != ""
}

// expand fills in an address: the server's $name, its $entry, the entry in $base64, or
// with the name and the questions in it as a $whole; the $link of the client itself; and
// the release's $bundle for Claude Desktop, which holds the program and the settings.
func (c Client) expand(address string, s Server) string {
	return os.Expand(address, func(name string) string {
		switch entry := c.entry(s); name {
		case "bundle":
			return build.Bundle()
		case "name":
			return component(s.Name)
		case "entry":
			return component(entry)
		case "base64":
			return component(base64.StdEncoding.EncodeToString([]byte(entry)))
		case "whole":
			whole := view.Prepend([]byte(entry), "name", []byte(quote(s.Name)))
			if questions := c.questions(s); questions != "" {
				whole = view.Set(whole, "inputs", []byte(questions))
			}
			return component(string(whole))
		}
		return component(c.expand(c.Install, s))
	})
}

// component escapes as encodeURIComponent does: a blank is %20, never +.
func component(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
