package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/release/compile"
	"posthog-mcp/internal/release/oci"
)

// inspect looks at what was made through crane, which is not ours: the archives
// as an engine would load them, and the layout after a push to a registry.
func (r release) inspect(ctx context.Context, images []oci.Image, work string) error {
	registry, stop, err := r.registry(ctx)
	if err != nil {
		return err
	}
	defer stop()
	remote := registry + "/" + r.reference()
	if _, err := say(ctx, r.tool, "push", "--insecure", filepath.Join(r.out, layoutFolder), remote); err != nil {
		return err
	}
	if _, err := say(ctx, r.tool, "validate", "--insecure", "--remote", remote); err != nil {
		return err
	}
	for _, made := range images {
		t := compile.Target{OS: made.OS, Arch: made.Arch}
		file := filepath.Join(r.out, r.archive(t))
		if _, err := say(ctx, r.tool, "validate", "--tarball", file); err != nil {
			return err
		}
		root := filepath.Join(work, "root", t.Label())
		if err := r.compare(ctx, made, remote, root); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		if t == compile.Host() {
			if err := try(ctx, root, made, r.version); err != nil {
				return fmt.Errorf("%s: %w", t, err)
			}
		}
		size, err := os.Stat(file)
		if err != nil {
			return err
		}
		fmt.Printf("ok    %s: %.1f MB\n", r.archive(t), megabytes(int(size.Size())))
	}
	return nil
}

// registry starts crane's own on a loopback port.
func (r release) registry(ctx context.Context) (address string, stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	command := exec.CommandContext(ctx, r.tool, "registry", "serve", "--address", "127.0.0.1:0")
	said, err := command.StderrPipe()
	if err != nil {
		cancel()
		return "", nil, err
	}
	if err := command.Start(); err != nil {
		cancel()
		return "", nil, err
	}
	stop = func() { cancel(); _ = command.Wait() }
	port := regexp.MustCompile(`serving on port (\d+)`)
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if found := port.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, said) }() // it logs every request
			return "127.0.0.1:" + found[1], stop, nil
		}
	}
	stop()
	return "", nil, errors.New("crane's registry did not start")
}

// compare says how the image in the registry differs from what was to be made,
// and unpacks its files at root.
func (r release) compare(ctx context.Context, made oci.Image, remote, root string) error {
	on := []string{"--insecure", "--platform", made.OS + "/" + made.Arch, remote}
	said, err := say(ctx, r.tool, append([]string{"config"}, on...)...)
	if err != nil {
		return err
	}
	var got struct{ Config oci.Config }
	if err := json.Unmarshal([]byte(said), &got); err != nil {
		return err
	}
	if diff := cmp.Diff(made.Config, got.Config); diff != "" {
		return fmt.Errorf("the image starts otherwise (-want +got):\n%s", diff)
	}
	files, err := say(ctx, r.tool, append([]string{"export"}, append(on, "-")...)...)
	if err != nil {
		return err
	}
	found, err := unpack(strings.NewReader(files), root)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(holds(made), found); diff != "" {
		return fmt.Errorf("the image holds other files (-want +got):\n%s", diff)
	}
	for _, layer := range made.Layers {
		for _, file := range layer {
			content, err := os.ReadFile(filepath.Join(root, file.Name))
			if err != nil {
				return err
			}
			if !bytes.Equal(content, file.Content) {
				return fmt.Errorf("%s has another content in the image", file.Name)
			}
		}
	}
	return nil
}

// unpack writes a tar's files and folders below root and returns their modes.
// Another owner than root, a path that leads elsewhere and a link are errors.
func unpack(from io.Reader, root string) (map[string]fs.FileMode, error) {
	found := map[string]fs.FileMode{}
	in := tar.NewReader(from)
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		name := filepath.Clean(header.Name)
		mode := header.FileInfo().Mode()
		if header.Uid != 0 || header.Gid != 0 || !filepath.IsLocal(name) || !mode.IsRegular() && !mode.IsDir() {
			return nil, fmt.Errorf("%s %s of %d:%d should not be in it", mode, header.Name, header.Uid, header.Gid)
		}
		found[name] = mode
		path := filepath.Join(root, name)
		if mode.IsDir() {
			err = os.MkdirAll(path, mode.Perm())
		} else {
			err = save(path, in, mode)
		}
		if err != nil {
			return nil, err
		}
	}
}

func save(path string, from io.Reader, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	content, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, mode.Perm())
}
