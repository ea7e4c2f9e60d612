// Package compile builds the program for each platform, in a way that gives
// the same bytes wherever and by whomever it is done with the same Go.
package compile

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Build is how to build: from which sources, and with what left in the program.
type Build struct {
	// Root is the folder of go.mod.
	Root string
	// LDFlags are the linker's flags; the version is among them.
	LDFlags string
	// Cache is the folder of Go's build cache; "" is the usual one.
	Cache string
}

// settings decide what is built; all that may change the bytes is among them,
// so that none is taken from whoever builds.
func settings(t Target) []string {
	return []string{
		"GOOS=" + t.OS, "GOARCH=" + t.Arch,
		"CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0",
		"GOFLAGS=-mod=readonly", "GOEXPERIMENT=", "GOFIPS140=off", "GOWORK=off",
	}
}

// environment is base without the names that set has, and then set.
func environment(base, set []string) []string {
	var names []string
	for _, s := range set {
		name, _, _ := strings.Cut(s, "=")
		names = append(names, name)
	}
	kept := slices.DeleteFunc(slices.Clone(base), func(s string) bool {
		name, _, _ := strings.Cut(s, "=")
		return slices.Contains(names, name)
	})
	return append(kept, set...)
}

// Program builds the program for t into the file out, an absolute path.
//
// The commit is not stamped by Go (-buildvcs), only the version by the linker:
// an archive of the sources then gives what a clone does.
func (b Build) Program(ctx context.Context, t Target, out string) error {
	set := settings(t)
	if b.Cache != "" {
		set = append(set, "GOCACHE="+b.Cache)
	}
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", b.LDFlags, "-o", out, "./cmd/"+Name)
	command.Dir, command.Env = b.Root, environment(os.Environ(), set)
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", t, err, said)
	}
	return nil
}
