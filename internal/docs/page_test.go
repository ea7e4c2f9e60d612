package docs

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// page is a page of the documentation.
type page struct {
	// path is relative to the project's folder, with slashes.
	path   string
	source []byte
	root   ast.Node
}

// pages returns all pages.
func pages(t *testing.T) (all []*page) {
	t.Helper()
	found, err := filepath.Glob(root + "/docs/*.md")
	if err != nil || len(found) < 3 {
		t.Fatalf("found the pages %v, %v", found, err)
	}
	for _, path := range append(found, root+"/README.md") {
		relative, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, open(t, filepath.ToSlash(relative)))
	}
	return all
}

// open reads the page at that path from the project's folder.
func open(t *testing.T, path string) *page {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	return &page{path, source, parser.Parse(text.NewReader(source))}
}

// each calls do with every node of a kind.
func each[N ast.Node](within ast.Node, do func(N)) {
	_ = ast.Walk(within, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if node, ok := n.(N); ok && entering {
			do(node)
		}
		return ast.WalkContinue, nil
	})
}

// text returns the text of a node and its children, without markup.
func (p *page) text(within ast.Node) string {
	var b strings.Builder
	each(within, func(n *ast.Text) { b.Write(n.Segment.Value(p.source)) })
	return b.String()
}

// spans returns the texts that are marked as code.
func (p *page) spans() (all []string) {
	each(p.root, func(n *ast.CodeSpan) { all = append(all, p.text(n)) })
	return all
}

var dropped = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)

// anchor returns GitHub's anchor of a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// anchors returns the anchors of all headings.
func (p *page) anchors() map[string]bool {
	all := map[string]bool{}
	each(p.root, func(n *ast.Heading) { all[anchor(p.text(n))] = true })
	return all
}

// links returns the targets of all links and pictures.
func (p *page) links() (all []string) {
	each(p.root, func(n *ast.Link) { all = append(all, string(n.Destination)) })
	each(p.root, func(n *ast.Image) { all = append(all, string(n.Destination)) })
	return all
}

// column returns the code in the first column of the table below a heading.
func (p *page) column(t *testing.T, below string) map[string]bool {
	t.Helper()
	var heading string
	var found *table.Table
	_ = ast.Walk(p.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Heading:
			heading = p.text(n)
		case *table.Table:
			if heading == below && found == nil {
				found = n
			}
		}
		return ast.WalkContinue, nil
	})
	if found == nil {
		t.Fatalf("%s: no table below %q", p.path, below)
	}
	codes := map[string]bool{}
	each(found, func(row *table.TableRow) {
		each(row.FirstChild(), func(n *ast.CodeSpan) { codes[p.text(n)] = true })
	})
	return codes
}

// block is a fenced block.
type block struct {
	language, text string
	// marker is the text of the comment above.
	marker string
	// below is the block right above; nil if there is other text in between.
	below *block
	line  int
}

var comment = regexp.MustCompile(`(?s)^<!--\s*(.*?)\s*-->\s*$`)

// blocks returns all fenced blocks.
func (p *page) blocks() (all []*block) {
	known := map[ast.Node]*block{}
	each(p.root, func(n *ast.FencedCodeBlock) {
		b := &block{language: string(n.Language(p.source)), text: p.lines(n)}
		if n.Lines().Len() > 0 {
			b.line = bytes.Count(p.source[:n.Lines().At(0).Start], []byte("\n"))
		}
		above := n.PreviousSibling()
		if html, ok := above.(*ast.HTMLBlock); ok {
			if said := comment.FindStringSubmatch(p.lines(html)); said != nil {
				b.marker = said[1]
			}
		}
		b.below = known[above]
		known[n] = b
		all = append(all, b)
	})
	return all
}

func (p *page) lines(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(p.source))
	}
	return b.String()
}
