package docs

import (
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// programs are the programs that the pages need on the reader's machine.
var programs = []string{"sh", "curl", "openssl", "sha256sum"}

// TestBlocks runs the blocks of all pages, on a machine that has the programs.
func TestBlocks(t *testing.T) {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("not run: %v", err)
		}
	}
	for _, p := range pages(t) {
		t.Run(p.path, func(t *testing.T) {
			t.Parallel()
			shell := newShell(t)
			for _, b := range p.blocks() {
				if err := shell.follow(b); err != nil {
					t.Errorf("%s:%d: %v", p.path, b.line, err)
				}
			}
		})
	}
}

// follow runs a block, or compares it with the output of the previous one.
func (s *shell) follow(b *block) error {
	kind, rest, _ := strings.Cut(b.marker, ":")
	rest = strings.TrimSpace(rest)
	switch {
	case kind == "config", kind == "example":
		return nil
	case kind == "not run" && len(rest) < 10:
		return fmt.Errorf("why is it not run?")
	case kind == "not run":
		return nil
	case kind == "file":
		return os.WriteFile(filepath.Join(s.home, rest), []byte(b.text), 0o600)
	}
	switch b.language {
	case "console":
		return s.console(b.text, rest)
	case "json":
		return s.json(b)
	case "go":
		formatted, err := format.Source([]byte(b.text))
		if err == nil && string(formatted) != b.text {
			err = fmt.Errorf("gofmt writes:\n%s", formatted)
		}
		return err
	}
	return fmt.Errorf("a block of %q that is neither run nor says why", b.language)
}

// console runs the commands of a block. The last one must exit with the given code,
// 0 if it is empty, and the others with 0.
func (s *shell) console(text, exit string) error {
	s.stop()
	commands := regexp.MustCompile(`(?m)^\$ `).Split(text, -1)
	if commands[0] != "" || len(commands) == 1 {
		return fmt.Errorf("a console begins with a command")
	}
	for i, command := range commands[1:] {
		command, want := cutCommand(command)
		got, code, err := s.run(command)
		if err != nil {
			return err
		}
		wanted := "0"
		if i == len(commands)-2 && exit != "" {
			wanted = exit
		}
		if fmt.Sprint(code) != wanted {
			return fmt.Errorf("%s\nexits with %d, want %s:\n%.2000s", command, code, wanted, got)
		}
		if want != "" && !pattern(want).MatchString(plain(got)) {
			return fmt.Errorf("%s\nprints:\n%.2000s\nThe page has:\n%s", command, got, want)
		}
		s.said = got
	}
	return nil
}

// cutCommand separates a command from its output. A line that ends in a backslash
// continues on the next one.
func cutCommand(text string) (command, prints string) {
	lines := strings.SplitAfter(text, "\n")
	end := 1
	for end < len(lines) && strings.HasSuffix(lines[end-1], "\\\n") {
		end++
	}
	return strings.TrimSpace(strings.Join(lines[:end], "")), strings.Join(lines[end:], "")
}

// json checks that a block is JSON, and compares it with the output of the command
// above, if there is one.
func (s *shell) json(b *block) error {
	want, err := compact(b.text)
	if err != nil || b.below == nil || b.below.language != "console" {
		return err
	}
	got, err := compact(s.said)
	if err != nil {
		return fmt.Errorf("the command above prints no JSON: %s", s.said)
	}
	if !pattern(want).MatchString(plain(got)) {
		return fmt.Errorf("the command above prints:\n%s\nThe page has:\n%s", got, want)
	}
	return nil
}

// compact returns the JSON on one line, with sorted members.
func compact(text string) (string, error) {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return "", fmt.Errorf("not JSON: %w", err)
	}
	var line strings.Builder
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return line.String(), err
}

var dates = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)

// plain returns the text without dates.
func plain(text string) string {
	return strings.TrimSpace(dates.ReplaceAllString(text, "DATE"))
}

// pattern returns a page's text as a regular expression: "…" is any text, and as an
// item of a list any items.
func pattern(want string) *regexp.Regexp {
	want = regexp.QuoteMeta(plain(want))
	want = strings.NewReplacer(`,"…"`, `.*`, "…", `.*`).Replace(want)
	return regexp.MustCompile(`(?s)^` + want + `$`)
}
