package docs

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestErrorCodes compares the tables of error codes with the sources.
func TestErrorCodes(t *testing.T) {
	for _, table := range []struct {
		page, below string
		folders     []string
	}{
		{"docs/agents.md", "Error codes", []string{"tools/engine"}},
		{"docs/operators.md", "Errors on the HTTP layer", []string{"transport/guard", "transport/web"}},
	} {
		t.Run(table.page, func(t *testing.T) {
			codes := map[string]bool{}
			for _, folder := range table.folders {
				addCodes(t, codes, folder)
			}
			same(t, codes, open(t, table.page).column(t, table.below))
		})
	}
}

// TestOutcomes compares the table of the audit's results with the sources.
func TestOutcomes(t *testing.T) {
	words := map[string]bool{}
	for _, file := range sources(t, "tools/engine") {
		ast.Inspect(file, func(n ast.Node) bool {
			if declared, ok := n.(*ast.ValueSpec); ok && nameOf(declared.Type) == "Outcome" {
				addText(words, declared.Values...)
			}
			return true
		})
	}
	same(t, words, open(t, "docs/operators.md").column(t, "Audit"))
}

// sources returns the files of a folder, without tests.
func sources(t *testing.T, folder string) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no sources in %s: %v", folder, err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// addCodes finds the codes in a folder's sources: a member Code or code, an
// assignment to one, the first text given to refuse, answer or unavailable, and the
// texts in codes and noCode.
func addCodes(t *testing.T, codes map[string]bool, folder string) {
	t.Helper()
	for _, file := range sources(t, folder) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if isCode(n.Key) {
					addText(codes, n.Value)
				}
			case *ast.AssignStmt:
				if len(n.Lhs) == len(n.Rhs) {
					for i := range n.Lhs {
						if isCode(n.Lhs[i]) {
							addText(codes, n.Rhs[i])
						}
					}
				}
			case *ast.CallExpr:
				if name := nameOf(n.Fun); strings.EqualFold(name, "refuse") || name == "answer" || name == "unavailable" {
					addFirstText(codes, n.Args)
				}
			case *ast.ValueSpec:
				if name := n.Names[0].Name; name == "codes" || name == "noCode" {
					addTexts(codes, n.Values[0])
				}
			}
			return true
		})
	}
}

func addTexts(codes map[string]bool, value ast.Expr) {
	ast.Inspect(value, func(n ast.Node) bool {
		if text, ok := n.(ast.Expr); ok {
			addText(codes, text)
		}
		return true
	})
}

func addFirstText(codes map[string]bool, args []ast.Expr) {
	for _, arg := range args {
		if _, ok := arg.(*ast.BasicLit); ok {
			addText(codes, arg)
			return
		}
	}
}

func isCode(e ast.Expr) bool { return strings.EqualFold(nameOf(e), "code") }

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func addText(to map[string]bool, values ...ast.Expr) {
	for _, value := range values {
		literal, ok := value.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			continue
		}
		if text, err := strconv.Unquote(literal.Value); err == nil && text != "" {
			to[text] = true
		}
	}
}

// TestPrompts compares the table of prompts with the server's.
func TestPrompts(t *testing.T) {
	said := output(t, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"docs","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"prompts/list"}
`, "stdio", "--sandbox")
	names := map[string]bool{}
	for line := range strings.Lines(said) {
		var answer struct {
			Result struct{ Prompts []struct{ Name string } }
		}
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatal(err)
		}
		for _, prompt := range answer.Result.Prompts {
			names[prompt.Name] = true
		}
	}
	same(t, names, open(t, "docs/agents.md").column(t, "Prompts and resources"))
}

// TestLinks follows every link within the project.
func TestLinks(t *testing.T) {
	for _, p := range pages(t) {
		for _, link := range p.links() {
			if strings.Contains(link, "://") {
				continue
			}
			path, place, _ := strings.Cut(link, "#")
			to := p
			if path != "" {
				target := filepath.Join(filepath.Dir(p.path), path)
				if _, err := os.Stat(filepath.Join(root, target)); err != nil {
					t.Errorf("%s: %s leads nowhere", p.path, link)
					continue
				}
				if place == "" {
					continue
				}
				to = open(t, target)
			}
			if !to.anchors()[place] {
				t.Errorf("%s: %s: no such heading", p.path, link)
			}
		}
	}
}
