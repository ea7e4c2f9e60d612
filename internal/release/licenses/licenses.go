// Package licenses collects the licence texts of what a program is built from:
// most of them ask to be passed on with it.
package licenses

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
)

// File is the name of the collection in what is released.
const File = "THIRD_PARTY_LICENSES"

// Collect returns the texts for a program, whose sources are at root: Go's and
// that of each module, under a line with its name. A module without one is an
// error.
func Collect(ctx context.Context, root string, program *debug.BuildInfo) ([]byte, error) {
	goroot, err := output(ctx, root, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := add(&out, "Go "+program.GoVersion, strings.TrimSpace(goroot)); err != nil {
		return nil, err
	}
	args := []string{"list", "-m", "-f", "{{.Path}} {{.Version}}\t{{.Dir}}"}
	for _, m := range program.Deps {
		args = append(args, m.Path)
	}
	modules, err := output(ctx, root, args...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(modules) {
		name, folder, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if err := add(&out, name, folder); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func output(ctx context.Context, root string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = root
	said, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	return string(said), nil
}

// license is what a file with terms, or with names that the terms ask to be
// passed on, is called.
var license = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice)([-.].*)?$`)

// add appends the texts in folder.
func add(out *bytes.Buffer, name, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("licence of %s: %w", name, err)
	}
	found := false
	for _, entry := range entries {
		if entry.IsDir() || !license.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		found = true
		fmt.Fprintf(out, "==== %s: %s ====\n\n%s\n\n", name, entry.Name(), bytes.TrimSpace(text))
	}
	if !found {
		return fmt.Errorf("licence of %s: there is none in %s", name, folder)
	}
	return nil
}
