package docs

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// printer prints a tool's page: the program's own way, without the rest of it.
const printer = `package main

import (
	"fmt"
	"os"

	"posthog-mcp/internal/cli"
	"posthog-mcp/tools"
)

func main() {
	catalogue, err := tools.NewCatalogue()
	if err == nil {
		err = (&cli.Screen{Out: os.Stdout, Columns: cli.Usual}).PrintTool(catalogue.Tool(os.Args[1]))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`

// example is the operation that contributors are shown, as files that take the
// place of those in the tree, and the page of its tool.
func example(t *testing.T) (files map[string]string, want string) {
	t.Helper()
	files = map[string]string{}
	for _, b := range open(t, "docs/contributors.md").blocks() {
		kind, name, _ := strings.Cut(b.marker, ": ")
		behind, line := lists[name]
		switch {
		case kind != "example":
		case b.language != "go":
			_, want = cutCommand(strings.TrimPrefix(b.text, "$ "))
		case line:
			list := string(open(t, name).source)
			if strings.Count(list, behind) != 1 {
				t.Fatalf("%s has another list", name)
			}
			files[name] = strings.Replace(list, behind, behind+b.text, 1)
		default:
			files[name] = b.text
		}
	}
	if len(files) != 3 || want == "" {
		t.Fatal("the page has no whole example")
	}
	return files, want
}

// lists are the files that get a line, and what it stands behind.
var lists = map[string]string{
	"tools/tools.go":            "in(LookupTools, lookup.Projects()),\n",
	"internal/sandbox/route.go": "handle: listProjects},\n",
}

// TestExample adds the worked example for contributors to the sources, and compares
// its tool's page with the documentation.
func TestExample(t *testing.T) {
	files, want := example(t)
	files["internal/docs/main.go"] = printer
	got := withFiles(t, files, "run", "./internal/docs/main.go", "annotations-list")
	if !pattern(want).MatchString(plain(got)) {
		t.Errorf("the page has:\n%s\nThe program says:\n%s", want, got)
	}
}

// TestExampleIsAll runs what must stay green when that operation is added, and
// nothing but it: a file, a line in the list and a line in the sandbox. Golden
// files, which make golden rewrites, are left out.
func TestExampleIsAll(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles half the program anew")
	}
	files, _ := example(t)
	withFiles(t, files, "test", "-vet=off", "-skip", "^TestGolden",
		"./tools", "./transport", "./transport/page", "./transport/guide", "./internal/cli", "./internal/e2e")
}

// withFiles runs Go on the sources as if these files were among them.
func withFiles(t *testing.T, files map[string]string, verb string, args ...string) string {
	t.Helper()
	folder := t.TempDir()
	base, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	replaced := map[string]string{}
	for path, text := range files {
		real := filepath.Join(folder, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(real, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replaced[filepath.Join(base, path)] = real
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "go", append([]string{verb, "-overlay", list}, args...)...)
	command.Dir = base
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, said)
	}
	return string(said)
}

// TestPicture checks that the picture is valid, and that its packages exist.
func TestPicture(t *testing.T) {
	file, err := os.Open(filepath.Join(root, "docs/architecture.svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoder := xml.NewDecoder(file)
	var names []string
	named := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			for _, attribute := range token.Attr {
				named = named || token.Name.Local == "text" && attribute.Name.Local == "class" && strings.HasPrefix(attribute.Value, "name")
			}
		case xml.CharData:
			if named {
				names = append(names, string(token))
			}
		case xml.EndElement:
			named = false
		}
	}
	if len(names) < 5 {
		t.Errorf("packages in the picture: %v", names)
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Errorf("in the picture: %v", err)
		}
	}
}
