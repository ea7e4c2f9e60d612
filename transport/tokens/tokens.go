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

// Token is one caller's entry in the file. Only the caller has the token itself.
type Token struct {
	// Name identifies the caller in logs and records.
	Name string
	// Hash is the SHA-256 of the token.
	Hash [sha256.Size]byte
	// Limits apply to the caller's calls.
	Limits tools.Limits
}

// File holds the present content of the operator's file.
type File struct{ current func() []Token }

// Open reads the file at path, and again until ctx ends. check refuses names of tools that do not exist. log
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
func Open(ctx context.Context, path string, check func(tools.Selection) error, log *slog.Logger) (*File, error) {
	current, err := reload.Open(ctx, path, log, func() ([]Token, [][]byte, error) {
		text, err := private.Read(path, longestFile)
		if err != nil {
			return nil, nil, err
		}
		all, err := parse(text, check)
		return all, [][]byte{text}, err
	})
	if err != nil {
		return nil, err
	}
	return &File{current}, nil
}

// Accept returns ctx with the caller that has the token.
func (f *File) Accept(ctx context.Context, token string) (context.Context, error) {
	t := find(f.current(), sha256.Sum256([]byte(token)))
	if t == nil {
		return nil, unknown(token)
	}
	c := tools.CallerOf(ctx)
	c.ID, c.Token, c.Limits = "token:"+t.Name, string(t.Hash[:]), t.Limits
	c.Name = c.ID
	return tools.WithCaller(ctx, c), nil
}

// find compares hash with every token, also after a match, so that its duration
// does not depend on the tokens.
func find(all []Token, hash [sha256.Size]byte) (found *Token) {
	at := -1
	for i := range all {
		equal := subtle.ConstantTimeCompare(all[i].Hash[:], hash[:])
		at = subtle.ConstantTimeSelect(equal, i, at)
	}
	if at < 0 {
		return nil
	}
	return &all[at]
}

func unknown(token string) error {
	if strings.HasPrefix(token, "phx_") || strings.HasPrefix(token, "pha_") {
		return errors.New("this server accepts its own tokens, not PostHog keys: ask its operator for a token")
	}
	return errors.New("this is not a token of this server, or no longer: ask its operator")
}
