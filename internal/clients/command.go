package clients

import (
	"regexp"
	"strings"
)

// Command is the client's own command that adds s, quoted for the shell that
// people have on the operating system goos. False: the client has none.
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
		words = append(words, "--transport", "http", s.Name, s.URL)
		if s.Key == "" {
			return words
		}
		return append(words, "--header", "Authorization: "+s.bearer(c.Reference))
	}
	// -e takes all words that follow, so the name comes first.
	return append(words, started(s, "-e", s.environment(c.CommandReference))...)
}

func codexCommand(c Client, s Server) []string {
	words := []string{"codex", "mcp", "add"}
	if s.URL != "" {
		words = append(words, s.Name, "--url", s.URL)
		if s.Key == "" {
			return words
		}
		return append(words, "--bearer-token-env-var", s.Key)
	}
	return append(words, started(s, "--env", s.environment(c.CommandReference))...)
}

func geminiCommand(c Client, s Server) []string {
	words := []string{"gemini", "mcp", "add", "--scope", "user"}
	if s.URL != "" {
		words = append(words, "--transport", "http")
		if s.Key != "" {
			words = append(words, "--header", "Authorization: "+s.bearer(c.Reference))
		}
		return append(words, s.Name, c.address(s))
	}
	for _, setting := range s.environment(c.CommandReference) {
		words = append(words, "--env="+setting.Name+"="+setting.Value)
	}
	// What follows -- is the program's: both have a --timeout.
	return append(append(words, s.Name, s.Command, "--"), s.Args...)
}

// started is a server's name, its settings, each behind flag, and its command.
func started(s Server, flag string, env []Setting) []string {
	words := []string{s.Name}
	for _, setting := range env {
		words = append(words, flag, setting.Name+"="+setting.Value)
	}
	return append(append(words, "--", s.Command), s.Args...)
}

var (
	plainInShell      = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)
	plainInPowerShell = regexp.MustCompile(`^[A-Za-z0-9_+=:/\\-]+$`) // a comma makes a list there
)

// Quote writes a word for a POSIX shell, or for PowerShell when goos is windows.
// A $ in single quotes stays one in both.
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
