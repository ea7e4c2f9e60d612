package main

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"strings"

	"posthog-mcp/internal/private"
	"posthog-mcp/tools/seal"
)

// sealer signs confirmations with the secret of --state-key, or with a secret that lasts
// as long as this process. It remembers used confirmations in used, or if that is nil in
// a directory beside the secret.
func (f serverFlags) sealer(used seal.Store, log *slog.Logger) (*seal.Sealer, error) {
	if f.StateKey == "" {
		return seal.New(nil, nil)
	}
	secret, err := stateKey(f.StateKey)
	if err != nil {
		return nil, usage("--state-key: %v", err)
	}
	s, err := seal.New(secret, nil)
	if err != nil {
		return nil, usage("--state-key: %v", err)
	}
	s.Logger = log
	if used != nil {
		s.Used = used
		return s, nil
	}
	directory, err := seal.OpenDirectory(f.StateKey + ".used.d")
	var unwritable *fs.PathError
	switch {
	case errors.As(err, &unwritable):
		log.Warn("a confirmation that was used can be used once more after a restart, within its 10 minutes: its use cannot be remembered beside --state-key; keep that file in a directory that this process can write to, or give posthog-mcp http a --redis", slog.Any("error", err))
	case err != nil:
		return nil, usage("--state-key: %v", err)
	default:
		s.Used = directory
	}
	return s, nil
}

func stateKey(path string) ([]byte, error) {
	content, err := private.Read(path, longestKeyFile)
	if err != nil {
		return nil, err
	}
	secret := []byte(strings.TrimSpace(string(content)))
	if decoded, err := base64.StdEncoding.DecodeString(string(secret)); err == nil {
		secret = decoded
	}
	if len(secret) == 0 {
		return nil, errors.New(path + " is empty")
	}
	return secret, nil
}
