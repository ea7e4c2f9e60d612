package compile

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTargets(t *testing.T) {
	var names []string
	for _, target := range Targets() {
		names = append(names, target.String()+" "+target.Label()+" "+target.Program())
	}
	want := []string{
		"linux/amd64 linux_amd64 posthog-mcp", "linux/arm64 linux_arm64 posthog-mcp",
		"darwin/amd64 darwin_amd64 posthog-mcp", "darwin/arm64 darwin_arm64 posthog-mcp",
		"windows/amd64 windows_amd64 posthog-mcp.exe", "windows/arm64 windows_arm64 posthog-mcp.exe",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestNothingOfWhoBuildsDecidesWhatIsBuilt(t *testing.T) {
	theirs := []string{"HOME=/home/me", "GOFLAGS=-race", "CGO_ENABLED=1", "GOAMD64=v4", "GOOS=plan9", "GOPROXY=off"}
	got := environment(theirs, settings(Target{"linux", "arm64"}))
	for _, want := range []string{"HOME=/home/me", "GOPROXY=off", "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOAMD64=v1"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, name := range []string{"GOFLAGS", "CGO_ENABLED", "GOAMD64", "GOOS"} {
		if n := strings.Count("\n"+strings.Join(got, "\n"), "\n"+name+"="); n != 1 {
			t.Errorf("%s is set %d times", name, n)
		}
	}
}

func TestCopyTakesSourcesAlone(t *testing.T) {
	root, to := t.TempDir(), t.TempDir()
	for _, name := range []string{
		"go.mod", "cmd/main.go", "tools/bin/kept.go", "deep/er/data.json", // sources
		"bin/posthog-mcp", ".cache/tool", ".git/HEAD", "deep/node_modules/x.js",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Copy(root, to); err != nil {
		t.Fatal(err)
	}
	var got []string
	_ = filepath.WalkDir(to, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			inside, _ := filepath.Rel(to, path)
			got = append(got, filepath.ToSlash(inside))
		}
		return err
	})
	want := []string{"cmd/main.go", "deep/er/data.json", "go.mod", "tools/bin/kept.go"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The test itself is a Go program that was not built as a release is.
func TestCheckRefusesAnotherProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := Target{"plan9", runtime.GOARCH}
	if err := Check(self, other); err == nil || !strings.Contains(err.Error(), "GOOS is") {
		t.Errorf("as a program for plan9: %v", err)
	}
	if err := Check(os.DevNull, Host()); err == nil {
		t.Error("nothing at all passes")
	}
}
