package main

import (
	"os"
	"strings"

	"posthog-mcp/internal/private"
	"posthog-mcp/transport/posthog"
)

// The environment that holds the key. It is never a flag: other users of a
// machine can read those.
const (
	envKey     = "POSTHOG_PERSONAL_API_KEY"
	envKeyFile = envKey + "_FILE"
)

// longestKeyFile is more than a key and the blanks around it. A longer file is another
// file.
const longestKeyFile = 1 << 10

// keyGiven reports whether the environment has a key, usable or not.
func keyGiven() bool {
	return strings.TrimSpace(os.Getenv(envKey)) != "" || os.Getenv(envKeyFile) != ""
}

// keyFromEnv takes the key from its variable, or from the file that the other variable
// names. Both at once are an error: a wrong guess would change somebody else's data.
func keyFromEnv() (posthog.Key, error) {
	value, path, source := strings.TrimSpace(os.Getenv(envKey)), os.Getenv(envKeyFile), envKey
	switch {
	case value != "" && path != "":
		return "", usage("%s and %s are both set; unset one of them", envKey, envKeyFile)
	case path != "":
		content, err := private.Read(path, longestKeyFile)
		if err != nil {
			return "", usage("%s: %v", envKeyFile, err)
		}
		value, source = strings.TrimSpace(string(content)), envKeyFile+": "+path
	case value == "":
		return "", usage("%s is not set: create a personal API key in PostHog (Settings, Personal API keys) and set it, or try --sandbox", envKey)
	}
	key, err := posthog.ParseKey(value)
	if err != nil {
		return "", usage("%s: %v", source, err)
	}
	return key, nil
}
