package bom

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// own is a correct list of the parts of the running test, as a value that can
// be spoilt.
func own(t *testing.T) (list map[string]any, path string) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var components []any
	for _, c := range modules(info) {
		components = append(components, map[string]any{"name": c.Name, "version": c.Version})
	}
	hash := map[string]any{"name": "cdx:gomod:binary:hash:SHA-256", "value": fmt.Sprintf("%x", sha256.Sum256(content))}
	return map[string]any{
		"bomFormat": "CycloneDX", "components": components,
		"metadata": map[string]any{"properties": []any{hash}, "tools": []any{map[string]any{"name": "tool", "hashes": "of the tool"}}},
	}, path
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(list, metadata map[string]any)
		want  string
	}{
		{"as it should be", func(_, _ map[string]any) {}, "<nil>"},
		{"no list at all", func(list, _ map[string]any) { delete(list, "bomFormat") }, "is not one that can be made again"},
		{"a serial number", func(list, _ map[string]any) { list["serialNumber"] = "urn:uuid:1" }, "urn:uuid:1"},
		{"the time", func(_, metadata map[string]any) { metadata["timestamp"] = "2026-01-01T00:00:00Z" }, "2026-01-01"},
		{"another program", func(_, metadata map[string]any) { metadata["properties"] = nil }, "another program"},
		{"a module short", func(list, _ map[string]any) { list["components"] = list["components"].([]any)[1:] }, "the list lacks std go"},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, path := own(t)
			test.spoil(list, list["metadata"].(map[string]any))
			content, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(Check(content, path))
			if !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q in it", got, test.want)
			}
		})
	}
}

func TestTheToolsHashesAreTakenOutAndAllElseIsKept(t *testing.T) {
	list, path := own(t)
	content, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	cleaned, err := withoutToolHashes(content)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(cleaned), "of the tool") || !strings.Contains(string(cleaned), `"name": "tool"`) {
		t.Errorf("%s", cleaned)
	}
	if err := Check(cleaned, path); err != nil {
		t.Error(err)
	}
}

func TestModulesAreThoseThatWereBuilt(t *testing.T) {
	info := &buildinfo.BuildInfo{GoVersion: "go1.26.0", Deps: []*debug.Module{
		{Path: "example.org/a", Version: "v1.0.0"},
		{Path: "example.org/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/c", Version: "v2.0.0"}},
	}}
	want := []component{{"std", "go1.26.0"}, {"example.org/a", "v1.0.0"}, {"example.org/c", "v2.0.0"}}
	if diff := cmp.Diff(want, modules(info)); diff != "" {
		t.Error(diff)
	}
}
