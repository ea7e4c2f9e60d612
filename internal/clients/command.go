package clients

import (
	"regexp"
	"strings"
)

// Command is the client's own command that adds s, quoted for the usual shell of the
// operating system goos. False: the client has none.
func (c Client) Command(s Server, goos string) (string, bool) {
	if c.command == nil {
		return "", false
	}
	words := c.command(c, s)
	for i, word := range words {
		words[i] = Quote(word, goos)
	}
	return strings.Join(words, " "), true
}

func claudeCommand(c Client, s Server) []string {
	words := []string{"claude", "mcp", "add", "--scope", "user"}
	if s.URL != "" {
		return append(append(words, "--transport", "http", s.Name, s.URL), header(c, s)...)
	}
	// -e takes all words that follow, so the name comes first.
	return append(append(words, s.Name), started(c, s, "-e")...)
}

func codexCommand(c Client, s Server) []string {
	words := []string{"codex", "mcp", "add", s.Name}
	switch {
	case s.URL == "":
		return append(words, started(c, s, "--env")...)
	case s.Key == "":
		return append(words, "--url", s.URL)
	}
	return append(words, "--url", s.URL, "--bearer-token-env-var", s.Key)
}

func geminiCommand(binary string) func(Client, Server) []string {
	return func(c Client, s Server) []string {
		words := []string{binary, "mcp", "add", "--scope", "user"}
		if s.URL != "" {
			words = append(append(words, "--transport", "http"), header(c, s)...)
			return append(words, s.Name, c.address(s))
		}
		for _, setting := range s.environment(c.CommandReference) {
			words = append(words, "--env="+setting.Name+"="+setting.Value)
		}
		// The words after -- are for the program: both have a --timeout.
		return append(append(words, s.Name, s.Command, "--"), s.Args...)
	}
}

// header is the flag for the header with the key.
func header(c Client, s Server) []string {
	if s.Key == "" {
		return nil
	}
	return []string{"--header", "Authorization: " + s.bearer(c.Reference)}
}

// started has the settings of a server, each after flag, and its command.
func started(c Client, s Server, flag string) (words []string) {
	for _, setting := range s.environment(c.CommandReference) {
		words = append(words, flag, setting.Name+"="+setting.Value)
	}
	return append(append(words, "--", s.Command), s.Args...)
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
