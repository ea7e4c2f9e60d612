package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"posthog-mcp/internal/release/archive"
	"posthog-mcp/internal/release/bom"
	"posthog-mcp/internal/release/compile"
	"posthog-mcp/internal/release/licenses"
)

// dist makes an archive and a list of parts for each platform.
func dist(ctx context.Context, r release) error {
	if r.tool == "" {
		return errors.New("dist: cyclonedx-gomod is needed: -tool")
	}
	work, err := os.MkdirTemp("", "dist-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	elsewhere := filepath.Join(work, "sources")
	if err := compile.Copy(r.Root, elsewhere); err != nil {
		return err
	}
	fmt.Println("      program  packed  platform")
	for _, t := range compile.Targets() {
		path, err := r.program(ctx, t, filepath.Join(work, "programs"))
		if err != nil {
			return err
		}
		if err := r.same(ctx, t, path, elsewhere, work); err != nil {
			return err
		}
		if err := r.pack(ctx, t, path); err != nil {
			return err
		}
	}
	return sums(r.out)
}

// same builds the program once more, from a copy of the sources in another
// folder, and compares. For the platform that this runs on, and for all of them
// if asked, nothing of the first build is used, not even of Go's library; for
// the others the compiled packages are, as that takes minutes for each.
func (r release) same(ctx context.Context, t compile.Target, path, elsewhere, work string) error {
	b := compile.Build{Root: elsewhere, LDFlags: r.LDFlags}
	if r.again || t == compile.Host() {
		b.Cache = filepath.Join(work, "cache")
	}
	second := filepath.Join(work, "again", t.Program())
	if err := b.Program(ctx, t, second); err != nil {
		return err
	}
	one, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	two, err := os.ReadFile(second)
	if err != nil {
		return err
	}
	if !bytes.Equal(one, two) {
		return fmt.Errorf("%s: built again from a copy of the sources, the program differs", t)
	}
	return nil
}

// pack writes the archive and the list of parts of the program at path.
func (r release) pack(ctx context.Context, t compile.Target, path string) error {
	files, err := r.contents(ctx, t, path)
	if err != nil {
		return err
	}
	ending, write := ".tar.gz", func(f *os.File) error {
		return archive.Gzip(f, func(w io.Writer) error { return archive.Tar(w, r.when, files...) })
	}
	if t.OS == "windows" {
		ending, write = ".zip", func(f *os.File) error { return archive.Zip(f, r.when, files...) }
	}
	name := r.name("_" + t.Label())
	if err := r.create(name+ending, write); err != nil {
		return err
	}
	list, err := bom.Make(ctx, r.tool, path, r.version)
	if err != nil {
		return err
	}
	if err := bom.Check(list, path); err != nil {
		return err
	}
	packed, err := os.Stat(filepath.Join(r.out, name+ending))
	if err != nil {
		return err
	}
	fmt.Printf("ok  %6.1f MB  %4.1f MB  %s\n", megabytes(len(files[0].Content)), megabytes(int(packed.Size())), t)
	return os.WriteFile(filepath.Join(r.out, name+".cdx.json"), list, 0o644)
}

// contents are the files of an archive: the program first.
func (r release) contents(ctx context.Context, t compile.Target, path string) ([]archive.File, error) {
	program, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	files := []archive.File{{Name: t.Program(), Mode: 0o755, Content: program}}
	terms, err := r.terms(ctx, path, "README.md", "LICENSE")
	return append(files, terms...), err
}

// terms are the files of the project that are named, and the licences of others
// in the program at path.
func (r release) terms(ctx context.Context, path string, names ...string) ([]archive.File, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return nil, err
	}
	others, err := licenses.Collect(ctx, r.Root, info)
	if err != nil {
		return nil, err
	}
	files := []archive.File{{Name: licenses.File, Mode: 0o644, Content: others}}
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(r.Root, name))
		if err != nil {
			return nil, err
		}
		files = append(files, archive.File{Name: name, Mode: 0o644, Content: content})
	}
	return files, nil
}

func megabytes(size int) float64 { return float64(size) / (1 << 20) }

// sums writes SHA256SUMS over the files of a folder, as sha256sum --check reads
// it.
func sums(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(content), entry.Name())
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(lines.String()), 0o644)
}
