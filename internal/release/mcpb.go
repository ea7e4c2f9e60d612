package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"posthog-mcp/internal/release/archive"
	"posthog-mcp/internal/release/bundle"
	"posthog-mcp/internal/release/compile"
)

// mcpb makes the bundle, and leaves its files beside it in the folder "bundle",
// where MCPB's own tool is then tried on both.
func mcpb(ctx context.Context, r release) error {
	work, err := os.MkdirTemp("", "mcpb-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	programs, err := r.bundled(ctx, work)
	if err != nil {
		return err
	}
	host, err := r.program(ctx, compile.Host(), work)
	if err != nil {
		return err
	}
	tools, prompts, err := bundle.Ask(ctx, host)
	if err != nil {
		return err
	}
	manifest, err := encode(bundle.Describe(r.version, tools, prompts))
	if err != nil {
		return err
	}
	terms, err := r.terms(ctx, host, "LICENSE")
	if err != nil {
		return err
	}
	files := slices.Concat([]archive.File{{Name: "manifest.json", Mode: 0o644, Content: manifest}}, terms, programs)
	if err := place(filepath.Join(r.out, "bundle"), files); err != nil {
		return err
	}
	name := r.name(".mcpb")
	if err := r.create(name, func(f *os.File) error { return archive.Zip(f, r.when, files...) }); err != nil {
		return err
	}
	packed, err := os.Stat(filepath.Join(r.out, name))
	if err != nil {
		return err
	}
	fmt.Printf("ok    %s: %.1f MB, %d tools, %d prompts\n", name, megabytes(int(packed.Size())), len(tools), len(prompts))
	return sums(r.out)
}

// bundled are the programs of the bundle.
func (r release) bundled(ctx context.Context, work string) ([]archive.File, error) {
	built := map[compile.Target][]byte{}
	for _, t := range compile.Targets() {
		if t.OS == "windows" && t.Arch != "amd64" {
			continue // Windows on arm64 runs the other one
		}
		path, err := r.program(ctx, t, work)
		if err != nil {
			return nil, err
		}
		if built[t], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	universal, err := bundle.Universal(built[compile.Target{OS: "darwin", Arch: "amd64"}], built[compile.Target{OS: "darwin", Arch: "arm64"}])
	if err != nil {
		return nil, err
	}
	program := func(name string, content []byte) archive.File {
		return archive.File{Name: name, Mode: 0o755, Content: content}
	}
	return []archive.File{
		program(bundle.Darwin, universal),
		program(bundle.LinuxARM64, built[compile.Target{OS: "linux", Arch: "arm64"}]),
		program(bundle.LinuxAMD64, built[compile.Target{OS: "linux", Arch: "amd64"}]),
		program(bundle.Windows, built[compile.Target{OS: "windows", Arch: "amd64"}]),
	}, nil
}

func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return out.Bytes(), err
}

// place writes files below folder.
func place(folder string, files []archive.File) error {
	for _, file := range files {
		path := filepath.Join(folder, filepath.FromSlash(file.Name))
		if file.Mode&fs.ModeDir != 0 {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, file.Content, file.Mode); err != nil {
			return err
		}
	}
	return nil
}
