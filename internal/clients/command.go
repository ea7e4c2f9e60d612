package clients

import (
	"regexp"
	"strings"
	"unicode"
)

// Command is the client's own command that adds s, quoted for the usual shell of the
// operating system goos. False: the client has none. In its form, a word in capitals
// stands for its values: none, one or several. A flag before it is repeated for each, and
// a comma between makes two words of them.
func (c Client) Command(s Server, goos string) (string, bool) {
	form, values := c.command, map[string][]string{"NAME": {s.Name}, "URL": {c.address(s)}, "COMMAND": {s.Command}, "ARGS": s.Args}
	if s.URL != "" {
		form = c.remoteCommand
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
