package clients

import (
	"fmt"
	"strings"
)

// A System is a person's machine.
type System struct {
	OS   string              // as GOOS has it
	Home string              // the home directory
	Env  func(string) string // the environment
}

// usually are the directories for variables that are not set.
var usually = map[string]string{
	"XDG_CONFIG_HOME": "~/.config",
	"APPDATA":         "~/AppData/Roaming",
	"LOCALAPPDATA":    "~/AppData/Local",
	"CODEX_HOME":      "~/.codex",
	"COPILOT_HOME":    "~/.copilot",
}

// File is the path of c's configuration. A path that is not absolute belongs to
// the folder that the client is started in.
func (c Client) File(sys System) (string, error) {
	place, ok := c.Files[sys.OS]
	if !ok {
		place = c.Files[""]
	}
	return sys.path(place)
}

// KeyFile is the usual path of the file with the key.
func (sys System) KeyFile() (string, error) {
	if sys.OS == "windows" {
		return sys.path("$APPDATA/posthog-mcp/key")
	}
	return sys.path("$XDG_CONFIG_HOME/posthog-mcp/key")
}

// path fills in the directories of a place.
func (sys System) path(place string) (string, error) {
	slash := "/"
	if sys.OS == "windows" {
		slash = `\`
	}
	root, rest, _ := strings.Cut(place, "/")
	if name, ok := strings.CutPrefix(root, "$"); ok {
		// A relative path is to be ignored, says the XDG specification.
		if given := sys.Env(name); strings.HasPrefix(given, "/") || sys.OS == "windows" && given != "" {
			return strings.TrimRight(given, `/\`) + slash + strings.ReplaceAll(rest, "/", slash), nil
		}
		root, rest, _ = strings.Cut(usually[name]+"/"+rest, "/")
	}
	if root != "~" {
		return place, nil
	}
	if sys.Home == "" {
		return "", fmt.Errorf("find %s: there is no home directory", place)
	}
	return strings.TrimRight(sys.Home, `/\`) + slash + strings.ReplaceAll(rest, "/", slash), nil
}
