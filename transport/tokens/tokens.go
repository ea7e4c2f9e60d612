// Package tokens tells callers apart. The callers of a server that has a PostHog
// key of its own have tokens: the operator's file gives each a name and limits.
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

// longestFile bounds the file, in bytes: some thousand tokens.
const longestFile = 1 << 20

// Token is what the file has of one caller. Only the caller knows the token itself.
type Token struct {
	// Name tells callers apart in logs and records.
	Name string
	// Hash is the SHA-256 of the token.
	Hash [sha256.Size]byte
	// Limits are what the caller may do.
	Limits tools.Limits
}

// File is the operator's file, as it stands. It is safe for concurrent use.
type File struct{ value *reload.Value[[]Token] }

// Open reads the file at path. check refuses names of tools that do not exist; log
// gets the errors of later states of the file.
//
// The file is a JSON object:
//
//	{"tokens": [
//	  {"name": "ada", "sha256": "64 hexadecimal digits"},
//	  {"name": "bot", "sha256": "…", "project": 42, "read_only": true,
//	   "toolsets": ["subscriptions"], "tools": [], "exclude_tools": []}
//	]}
//
// The limits are those of [tools.Limits]; without one, nothing is limited. The
// command [HowTo] makes a token and its hash. An error is one line for the operator.
func Open(path string, check func(tools.Selection) error, log *slog.Logger) (*File, error) {
	value, err := reload.Open(reload.Source[[]Token]{
		Name: path,
		Read: func() ([][]byte, error) {
			text, err := private.Read(path, longestFile)
			return [][]byte{text}, err
		},
		Parse:  func(texts [][]byte) ([]Token, error) { return parse(texts[0], check) },
		Logger: log,
	})
	if err != nil {
		return nil, err
	}
	return &File{value}, nil
}

// Watch follows the file until ctx ends, and is called once: a token that is
// removed from the file is refused at most [reload.Every] later.
func (f *File) Watch(ctx context.Context) { f.value.Watch(ctx) }

// Accept puts the caller with that token into ctx, with their name and limits.
func (f *File) Accept(ctx context.Context, token string) (context.Context, error) {
	t := find(f.value.Current(), sha256.Sum256([]byte(token)))
	if t == nil {
		return nil, unknown(token)
	}
	return context.WithValue(tools.WithLimits(ctx, t.Limits), bearerKey{}, t), nil
}

// find compares with every token, also after one was found: the time it takes does
// not depend on the tokens.
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
		return errors.New("this server takes no PostHog keys, but its own tokens: ask who runs it for one")
	}
	return errors.New("this is no token of this server's, or no longer: ask who runs it")
}

type bearerKey struct{}

// NameFrom is the name of the caller's token; empty for a caller without one.
func NameFrom(ctx context.Context) string {
	if t := bearer(ctx); t != nil {
		return t.Name
	}
	return ""
}

// Same tells whether two requests came with the same token of the same name, or
// both without one.
func Same(a, b context.Context) bool {
	x, y := bearer(a), bearer(b)
	if x == nil || y == nil {
		return x == y
	}
	return x.Name == y.Name && x.Hash == y.Hash
}

func bearer(ctx context.Context) *Token {
	t, _ := ctx.Value(bearerKey{}).(*Token)
	return t
}
