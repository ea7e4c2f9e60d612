// Package tokens identifies callers. If the server has a PostHog key of its own, its
// callers have tokens: the operator's file gives each a name and limits.
package tokens

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"posthog-mcp/internal/private"
	"posthog-mcp/internal/reload"
	"posthog-mcp/tools/engine"
)

// token is one caller's entry in the file. Only the caller has the token itself.
type token struct {
	name   string // for logs and records
	hash   [sha256.Size]byte
	limits engine.Limits
}

// File returns the present content of the operator's file.
type File func() []token

// Open reads the file at path, a JSON object {"tokens": […]} with a list of [entry], and
// again until ctx ends. check refuses names of tools that do not exist. An error is one
// line for the operator; log receives those of later reads.
func Open(ctx context.Context, path string, check func(engine.Selection) error, log *slog.Logger) (File, error) {
	return reload.Open(ctx, path, log, func() ([]token, [][]byte, error) {
		const most = 1 << 20 // bytes: some thousand tokens
		text, err := private.Read(path, most)
		if err != nil {
			return nil, nil, err
		}
		all, err := parse(text, check)
		return all, [][]byte{text}, err
	})
}

// Accept returns ctx with the caller that has the token. It compares with every token,
// also after a match, so that its duration does not depend on the tokens.
func (f File) Accept(ctx context.Context, secret string) (context.Context, error) {
	hash := sha256.Sum256([]byte(secret))
	var found *token
	for _, t := range f() {
		if subtle.ConstantTimeCompare(t.hash[:], hash[:]) == 1 {
			found = &t
		}
	}
	switch {
	case found != nil:
		c := engine.CallerOf(ctx)
		c.ID, c.Token, c.Limits = "token:"+found.name, string(hash[:]), found.limits
		c.Name = c.ID
		return engine.WithCaller(ctx, c), nil
	case strings.HasPrefix(secret, "phx_"), strings.HasPrefix(secret, "pha_"):
		return nil, errors.New("this server accepts its own tokens, not PostHog keys: ask its operator for a token")
	}
	return nil, errors.New("this is not a token of this server, or no longer: ask its operator")
}

// HowTo is the command that prints a new token, for its caller, and its hash.
const HowTo = `openssl rand -hex 32 | tee /dev/stderr | tr -d '\n' | sha256sum`

// entry is a token in the file; all but its name and its hash, 64 hexadecimal digits, is
// optional.
type entry struct {
	Name         string   `json:"name"`
	SHA256       string   `json:"sha256"`
	Project      *uint64  `json:"project"`
	ReadOnly     bool     `json:"read_only"`
	Toolsets     []string `json:"toolsets"`
	Tools        []string `json:"tools"`
	ExcludeTools []string `json:"exclude_tools"`
}

// isName matches names that logs can hold as they are.
var isName = regexp.MustCompile(`^[A-Za-z0-9._@-]{1,64}$`)

// parse reads the file strictly, so that a misspelt or repeated limit is an error
// and not a missing limit. The error does not quote the file, since it may hold a
// token in the place of its hash.
func parse(text []byte, check func(engine.Selection) error) (all []token, err error) {
	var file struct {
		Tokens *[]entry `json:"tokens"`
	}
	if err := json.Unmarshal(text, &file, json.RejectUnknownMembers(true)); err != nil {
		return nil, inWords(text, err)
	}
	if file.Tokens == nil {
		return nil, errors.New(`expected {"tokens": […]}; an empty list accepts nobody`)
	}
	for i, e := range *file.Tokens {
		t, err := e.token(check)
		for _, other := range all {
			if err == nil && other.name == t.name {
				err = errors.New("another token has the same name")
			}
			if err == nil && other.hash == t.hash {
				err = fmt.Errorf("%s has the same token", other.name)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("token %d: %w", i+1, err)
		}
		all = append(all, t)
	}
	return all, nil
}

func (e entry) token(check func(engine.Selection) error) (t token, err error) {
	t.name = e.Name
	t.limits.Selection = engine.Selection{ReadOnly: e.ReadOnly, Toolsets: e.Toolsets, Tools: e.Tools, Exclude: e.ExcludeTools}
	if e.Project != nil {
		t.limits.Project = strconv.FormatUint(*e.Project, 10)
	}
	if !isName.MatchString(e.Name) {
		return t, errors.New("the name must be 1 to 64 letters, digits or any of . _ @ -")
	}
	decoded, err := hex.DecodeString(e.SHA256)
	if err != nil || len(decoded) != len(t.hash) {
		return t, errors.New("sha256 must be the token's SHA-256, 64 hexadecimal digits; make a token and its hash with: " + HowTo)
	}
	if t.hash = [sha256.Size]byte(decoded); t.hash == sha256.Sum256(nil) {
		return t, errors.New("sha256 is the hash of an empty text; make a token and its hash with: " + HowTo)
	}
	if e.Toolsets != nil && len(e.Toolsets) == 0 || e.Tools != nil && len(e.Tools) == 0 {
		return t, fmt.Errorf("%s: an empty list of toolsets or tools limits nothing; leave it out", e.Name)
	}
	if err := check(t.limits.Selection); err != nil {
		return t, fmt.Errorf("%s: %w", e.Name, err)
	}
	return t, nil
}

// inWords says on which line of the file the error is.
func inWords(text []byte, err error) error {
	var meaning *json.SemanticError
	var syntax *jsontext.SyntacticError
	what, at := "it is not valid JSON, or is incomplete", int64(0)
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return errors.New(`it is empty; expected {"tokens": […]}`)
	case errors.Is(err, json.ErrUnknownName):
		errors.As(err, &meaning)
		what, at = "there is no such setting", meaning.ByteOffset
		if name := meaning.JSONPointer.LastToken(); len(name) < 20 { // too short for a token
			what = fmt.Sprintf("there is no setting %q", name)
		}
	case errors.As(err, &meaning) && meaning.JSONPointer == "":
		return errors.New(`expected {"tokens": […]}`)
	case errors.As(err, &meaning):
		what, at = fmt.Sprintf("the value of %q has the wrong type", meaning.JSONPointer.LastToken()), meaning.ByteOffset
	case errors.As(err, &syntax):
		if at = syntax.ByteOffset; errors.Is(err, jsontext.ErrDuplicateName) {
			what = fmt.Sprintf("%q is given twice", syntax.JSONPointer.LastToken())
		}
	}
	line := 1 + bytes.Count(text[:min(int(at), len(text))], []byte("\n"))
	return fmt.Errorf("line %d: %s", line, what)
}
