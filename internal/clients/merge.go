package clients

import (
	"errors"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"posthog-mcp/internal/clients/jsonc"
)

// Merge adds s to the content of c's file, or updates it there. Everything else stays:
// comments, order, layout, other servers, and other members of this one's entry. A key in
// the place of [Placeholder] stays too. Empty content is an empty file. If s is there
// already, the content does not change.
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

// outdated reports which members an update removes: the members of the entry that say
// how the server is reached, and in them those that this program has added.
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

// Diff shows the changes of a merge of s in the file at path. The file may hold keys of
// other servers, so strings and comments that do not belong to s are hidden.
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
