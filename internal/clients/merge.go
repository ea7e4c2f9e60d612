package clients

import (
	"errors"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"posthog-mcp/internal/clients/jsonc"
)

// Merge puts s into the content of c's file, or brings it up to date there.
// Everything else stays as it was: comments, order, layout, other servers, and
// what people set of this one besides how it is reached. A key that stands where
// [Placeholder] would is kept. No content at all is an empty file. When s is
// there already, the content comes back as it is.
func (c Client) Merge(content []byte, s Server) ([]byte, error) {
	if c.Format != "" {
		return nil, errors.New("not JSON")
	}
	document, err := jsonc.Parse(content)
	if err != nil {
		return nil, err
	}
	rules := jsonc.Rules{
		Drop: outdated,
		Keep: func(is, brought string) bool { return is != "" && strings.Contains(brought, Placeholder) },
	}
	if err := document.Merge(c.document(s), rules); err != nil {
		return nil, err
	}
	return document.Bytes(), nil
}

// outdated says which members go from an entry that is brought up to date: those
// that said how it was reached, and in them those that this program put there.
func outdated(path []string) bool {
	name := path[len(path)-1]
	switch {
	case len(path) < 3:
		return false
	case len(path) == 3:
		return slices.Contains(connection, name)
	}
	return strings.HasPrefix(name, "POSTHOG_") || strings.EqualFold(name, "Authorization")
}

// Diff shows what a merge of s changed in the file at path. The file is full of
// other people's settings, keys among them, so of its strings and comments only
// those that belong to s are shown.
func (c Client) Diff(path string, before, after []byte, s Server) (string, error) {
	old, err := c.masked(before, s)
	if err != nil {
		return "", err
	}
	merged, err := c.masked(after, s)
	if err != nil {
		return "", err
	}
	return string(diff.Diff(path, old, path, merged)), nil
}

func (c Client) masked(content []byte, s Server) ([]byte, error) {
	if len(content) == 0 {
		return nil, nil
	}
	document, err := jsonc.Parse(content)
	if err != nil {
		return nil, err
	}
	entry := "/" + c.Servers + "/" + s.Name
	return document.Masked(c.document(s).Strings(), entry+"/command", entry+"/type"), nil
}
