// Package bom writes the list of what a program is made of, in CycloneDX, and
// holds it against what the program itself says.
package bom

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Make has the tool, a cyclonedx-gomod, list the modules of the program at path.
// The list has neither a date nor a random number, and not the tool's hashes:
// those depend on where the tool was built.
func Make(ctx context.Context, tool, path, version string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "bom-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	list := filepath.Join(folder, "bom.json")
	command := exec.CommandContext(ctx, tool, "bin", "-json", "-std", "-noserial", "-notimestamp", "-version", version, "-output", list, path)
	if said, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", tool, err, said)
	}
	content, err := os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	return withoutToolHashes(content)
}

func withoutToolHashes(list []byte) ([]byte, error) {
	var document struct {
		Metadata struct {
			Tools []map[string]any `json:"tools"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(list, &document); err != nil {
		return nil, err
	}
	whole := map[string]any{}
	if err := json.Unmarshal(list, &whole); err != nil {
		return nil, err
	}
	for _, tool := range document.Metadata.Tools {
		delete(tool, "hashes")
	}
	metadata, _ := whole["metadata"].(map[string]any)
	metadata["tools"] = document.Metadata.Tools
	content, err := json.MarshalIndent(whole, "", "  ")
	return append(content, '\n'), err
}

// document is the part of a list that is checked.
type document struct {
	Format     string `json:"bomFormat"`
	Serial     string `json:"serialNumber"`
	Metadata   metadata
	Components []component
}

type metadata struct {
	Timestamp  string
	Properties []struct{ Name, Value string }
}

type component struct{ Name, Version string }

// Check says what is wrong with the list of the program at path: a module that
// `go version -m` has and the list has not, another program's hash, or something
// that would make the next list differ.
func Check(list []byte, path string) error {
	var d document
	if err := json.Unmarshal(list, &d); err != nil {
		return err
	}
	if d.Format != "CycloneDX" || d.Serial != "" || d.Metadata.Timestamp != "" {
		return fmt.Errorf("a list of format %q, serial number %q and time %q is not one that can be made again", d.Format, d.Serial, d.Metadata.Timestamp)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	hash := struct{ Name, Value string }{"cdx:gomod:binary:hash:SHA-256", hex.EncodeToString(sum[:])}
	if !slices.Contains(d.Metadata.Properties, hash) {
		return fmt.Errorf("the list is of another program than %s", path)
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	for _, want := range modules(info) {
		if !slices.Contains(d.Components, want) {
			return fmt.Errorf("the list lacks %s %s, which %s is built from", want.Name, want.Version, path)
		}
	}
	return nil
}

// modules are those in the program, and Go's own library.
func modules(info *buildinfo.BuildInfo) []component {
	all := []component{{"std", info.GoVersion}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		all = append(all, component{m.Path, m.Version})
	}
	return all
}
