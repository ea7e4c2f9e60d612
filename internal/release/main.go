// Command release makes what people install, and checks it:
//
//	release dist     the program for each platform, with checksums and lists of
//	                 what is in it (SBOM)
//	release mcpb     a bundle that desktop clients install
//	release image    a container image, after the last stage of the Dockerfile
//	release roots    that image's certificate authorities, on stdout
//
// All of it depends on the sources, the version, the date given and Go alone:
// made again, it is the same to the byte.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"posthog-mcp/internal/release/archive"
	"posthog-mcp/internal/release/compile"
	"posthog-mcp/internal/release/roots"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is what is made, and of what.
type release struct {
	compile.Build
	// out is the folder for all that is made, empty at first.
	out     string
	version string
	// when is the time of every file in what is made.
	when time.Time
	// tool is the program that what is made is listed or checked with.
	tool string
	// again says to build every platform a second time from nothing, and not
	// only the one that this runs on.
	again bool
}

func run(ctx context.Context, args []string) error {
	commands := map[string]func(context.Context, release) error{"dist": dist, "mcpb": mcpb, "image": image}
	if len(args) == 1 && args[0] == "roots" {
		return roots.Write(os.Stdout)
	}
	if len(args) == 0 || commands[args[0]] == nil {
		return fmt.Errorf("what is to be made: dist, mcpb, image or roots?")
	}
	r, err := parse(args)
	if err != nil {
		return err
	}
	return commands[args[0]](ctx, r)
}

func parse(args []string) (release, error) {
	var r release
	var epoch int64
	f := flag.NewFlagSet("release "+args[0], flag.ContinueOnError)
	f.StringVar(&r.Root, "root", ".", "folder of the sources")
	f.StringVar(&r.out, "out", "bin/"+args[0], "folder for what is made; it is emptied first")
	f.StringVar(&r.version, "version", "dev", "version of the release")
	f.StringVar(&r.LDFlags, "ldflags", "", "flags for Go's linker")
	f.Int64Var(&epoch, "epoch", 0, "time of the release, in seconds since 1970")
	f.StringVar(&r.tool, "tool", "", "cyclonedx-gomod for dist, crane for image")
	f.BoolVar(&r.again, "again", false, "dist: build every platform again from nothing")
	if err := f.Parse(args[1:]); err != nil {
		return r, err
	}
	r.when = time.Unix(epoch, 0).UTC()
	if r.when.Before(archive.Earliest()) {
		r.when = archive.Earliest()
	}
	for _, path := range []*string{&r.Root, &r.out} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return r, err
		}
		*path = absolute
	}
	if err := os.RemoveAll(r.out); err != nil {
		return r, err
	}
	return r, os.MkdirAll(r.out, 0o755)
}

// name is that of a file of the release.
func (r release) name(rest string) string { return compile.Name + "_" + r.version + rest }

// program builds the program for t into the folder, and checks it.
func (r release) program(ctx context.Context, t compile.Target, folder string) (string, error) {
	path := filepath.Join(folder, t.Label(), t.Program())
	if err := r.Program(ctx, t, path); err != nil {
		return "", err
	}
	return path, compile.Check(path, t, r.Root, folder)
}

// create writes a file of the release.
func (r release) create(name string, write func(*os.File) error) (err error) {
	file, err := os.Create(filepath.Join(r.out, name))
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	return write(file)
}

// say runs a command and returns what it prints.
func say(ctx context.Context, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	said, err := command.Output()
	if err != nil {
		var why string
		if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // Output returns it as it is
			why = string(exit.Stderr)
		}
		return "", fmt.Errorf("%s: %w\n%s", command, err, why)
	}
	return string(said), nil
}
