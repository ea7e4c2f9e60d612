// Package tokens identifies callers. If the server has a PostHog key of its own, its
// callers have tokens: the operator's file gives each a name and limits.
package tokens

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"strings"

	"posthog-mcp/internal/private"
	"posthog-mcp/internal/reload"
	"posthog-mcp/tools"
)

// longestFile is the most bytes of the file: some thousand tokens.
const longestFile = 1 << 20

// token is one caller's entry in the file. Only the caller has the token itself.
type token struct {
	name   string // for logs and records
	hash   [sha256.Size]byte
	limits tools.Limits
}

// File holds the present content of the operator's file, and follows it: see
// [reload.Value.Watch].
type File struct{ *reload.Value[[]token] }

// Open reads the file at path. check refuses names of tools that do not exist. log
// receives the errors of later reads.
//
// The file is a JSON object:
//
//	{"tokens": [
//	  {"name": "ada", "sha256": "64 hexadecimal digits"},
//	  {"name": "bot", "sha256": "…", "project": 42, "read_only": true,
//	   "toolsets": ["subscriptions"], "tools": [], "exclude_tools": []}
//	]}
//
// The limits are those of [tools.Limits]; all are optional. The command [HowTo] makes
// a token and its hash. An error is one line for the operator.
func Open(path string, check func(tools.Selection) error, log *slog.Logger) (*File, error) {
	value, err := reload.Open(reload.Source[[]token]{
		Name: path,
		Read: func() ([][]byte, error) {
			text, err := private.Read(path, longestFile)
			return [][]byte{text}, err
		},
		Parse:  func(texts [][]byte) ([]token, error) { return parse(texts[0], check) },
		Logger: log,
	})
	if err != nil {
		return nil, err
	}
	return &File{value}, nil
}

// Accept returns ctx with the caller that has the token. It compares with every token,
// also after a match, so that its duration does not depend on the tokens.
func (f *File) Accept(ctx context.Context, secret string) (context.Context, error) {
	hash := sha256.Sum256([]byte(secret))
	var found *token
	for _, t := range f.Current() {
		if subtle.ConstantTimeCompare(t.hash[:], hash[:]) == 1 {
			found = &t
		}
	}
	switch {
	case found != nil:
		c := tools.CallerOf(ctx)
		c.ID, c.Token, c.Limits = "token:"+found.name, string(hash[:]), found.limits
		c.Name = c.ID
		return tools.WithCaller(ctx, c), nil
	case strings.HasPrefix(secret, "phx_"), strings.HasPrefix(secret, "pha_"):
		return nil, errors.New("this server accepts its own tokens, not PostHog keys: ask its operator for a token")
	}
	return nil, errors.New("this is not a token of this server, or no longer: ask its operator")
}
