package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"posthog-mcp/internal/release/archive"
	"posthog-mcp/internal/release/compile"
	"posthog-mcp/internal/release/dockerfile"
	"posthog-mcp/internal/release/oci"
	"posthog-mcp/internal/release/roots"
)

// layoutFolder is where the layout of all platforms is, to be pushed.
const layoutFolder = "oci"

// image makes the image that the Dockerfile describes: a layout of all its
// platforms, and for each an archive that engines load. Then it looks at them
// with other people's eyes.
func image(ctx context.Context, r release) error {
	if r.tool == "" {
		return errors.New("image: crane is needed: -tool")
	}
	content, err := os.ReadFile(filepath.Join(r.Root, "Dockerfile"))
	if err != nil {
		return err
	}
	stage, err := dockerfile.Last(string(content), map[string]string{"VERSION": r.version, "REVISION": r.revision(ctx)})
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "image-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	var images []oci.Image
	for _, t := range compile.Targets() {
		if t.OS != "linux" {
			continue
		}
		made, err := r.image(ctx, t, stage, work)
		if err != nil {
			return err
		}
		images = append(images, made)
		name := r.archive(t)
		if err := r.create(name, func(f *os.File) error { return oci.WriteArchive(f, r.reference(), made) }); err != nil {
			return err
		}
	}
	if err := oci.WriteLayout(filepath.Join(r.out, layoutFolder), r.tag(), images...); err != nil {
		return err
	}
	if err := sums(r.out); err != nil {
		return err
	}
	return r.inspect(ctx, images, work)
}

// archive is the name of the file that engines load for t.
func (r release) archive(t compile.Target) string { return r.name("_" + t.Label() + ".image.tar") }

// tag is the version as a tag may be: a plus sign may not stand in one.
func (r release) tag() string { return strings.ReplaceAll(r.version, "+", "-") }

// reference is the image's name and tag.
func (r release) reference() string { return compile.Name + ":" + r.tag() }

// revision is the commit, or nothing where the sources are no clone.
func (r release) revision(ctx context.Context) string {
	commit, err := say(ctx, "git", "-C", r.Root, "rev-parse", "HEAD")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(commit)
}

// image is the stage for t, with each of its files in a layer of its own: the
// program changes with every release, the certificates seldom.
func (r release) image(ctx context.Context, t compile.Target, stage dockerfile.Stage, work string) (oci.Image, error) {
	made := oci.Image{OS: t.OS, Arch: t.Arch, Created: r.when, Config: oci.Config{
		User: stage.User, Env: stage.Env, Entrypoint: stage.Entrypoint, Cmd: stage.Cmd, WorkingDir: "/", Labels: stage.Labels,
	}}
	path, err := r.program(ctx, t, work)
	if err != nil {
		return made, err
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return made, err
	}
	var authorities bytes.Buffer
	if err := roots.Write(&authorities); err != nil {
		return made, err
	}
	// What the stages before the last one make.
	before := map[string]archive.File{
		"/out/" + compile.Name: {Mode: 0o755, Content: program},
		"/ca-certificates.crt": {Mode: 0o644, Content: authorities.Bytes()},
	}
	for _, c := range stage.Copies {
		file, known := before[c.Source]
		if !known {
			return made, fmt.Errorf("the Dockerfile copies %s, which nothing makes", c.Source)
		}
		file.Name = strings.TrimPrefix(c.Target, "/")
		made.Layers = append(made.Layers, []archive.File{file})
	}
	return made, nil
}

// holds are the names and modes of all that is in an image, sorted as a file
// system is.
func holds(i oci.Image) map[string]fs.FileMode {
	all := map[string]fs.FileMode{}
	for _, layer := range i.Layers {
		for _, file := range layer {
			all[file.Name] = file.Mode
			for folder := filepath.Dir(file.Name); folder != "."; folder = filepath.Dir(folder) {
				all[folder] = fs.ModeDir | 0o755
			}
		}
	}
	return all
}
