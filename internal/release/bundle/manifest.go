// Package bundle describes the program as an MCPB bundle, which desktop clients
// install with a double click. The specification is MCPB's manifest 0.3.
package bundle

import (
	"regexp"
	"strings"
)

// Manifest is a bundle's manifest.json; the fields are the specification's.
type Manifest struct {
	Version         string            `json:"manifest_version"`
	Name            string            `json:"name"`
	DisplayName     string            `json:"display_name"`
	Release         string            `json:"version"`
	Description     string            `json:"description"`
	LongDescription string            `json:"long_description"`
	Author          Author            `json:"author"`
	Server          Server            `json:"server"`
	Tools           []Tool            `json:"tools"`
	Prompts         []Prompt          `json:"prompts"`
	Keywords        []string          `json:"keywords"`
	License         string            `json:"license"`
	PrivacyPolicies []string          `json:"privacy_policies"`
	Compatibility   Compatibility     `json:"compatibility"`
	UserConfig      map[string]Option `json:"user_config"`
}

// Author is who made it.
type Author struct {
	Name string `json:"name"`
}

// Server is how to start it.
type Server struct {
	Type       string `json:"type"`
	EntryPoint string `json:"entry_point"`
	Start      Start  `json:"mcp_config"`
}

// Start is a command, and what differs on a platform.
type Start struct {
	Command   string            `json:"command"`
	Args      []string          `json:"args"`
	Env       map[string]string `json:"env,omitempty"`
	Platforms map[string]Start  `json:"platform_overrides,omitempty"`
}

// Tool is a tool as a person sees it before installing.
type Tool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// Prompt is a prompt, with ${arguments.NAME} in its text.
type Prompt struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Arguments   []string `json:"arguments,omitempty"`
	Text        string   `json:"text"`
}

// Compatibility is where it runs, in the words of Node.js.
type Compatibility struct {
	Platforms []string `json:"platforms"`
}

// Option is what the client asks the person for.
type Option struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Required    bool   `json:"required,omitempty"`
	Sensitive   bool   `json:"sensitive,omitempty"`
	Default     any    `json:"default,omitempty"`
}

// Where the programs lie in the bundle.
const (
	Darwin  = "server/darwin/posthog-mcp"
	Windows = "server/win32/posthog-mcp.exe"
	// A manifest cannot tell processors apart, so on Linux a shell looks for
	// the program of its own. These are the names that uname -m gives.
	LinuxAMD64 = "server/linux-x86_64/posthog-mcp"
	LinuxARM64 = "server/linux-aarch64/posthog-mcp"
)

// dirname is the client's word for the folder that the bundle is in.
const dirname = "${__dirname}/"

// Describe is the manifest of a release. What the person is asked for reaches
// the server in its environment. What may be left out has a default: clients
// pass the placeholder itself on for a value that nobody gave.
func Describe(version string, tools []Tool, prompts []Prompt) Manifest {
	return Manifest{
		Version: "0.3", Name: "posthog-mcp", DisplayName: "PostHog (posthog-mcp)", Release: Semantic(version),
		Description:     "PostHog's subscriptions, users and recording sharing.",
		LongDescription: "Schedules dashboards and insights by mail or Slack, looks up what they need by name, manages accounts and shares recordings with passwords. Every write can be previewed. The program calls PostHog with your key, and nobody else.",
		Author:          Author{"The posthog-mcp authors"},
		Server: Server{Type: "binary", EntryPoint: Darwin, Start: Start{
			Command: dirname + Darwin, Args: []string{"stdio"},
			Env: map[string]string{
				"POSTHOG_PERSONAL_API_KEY": "${user_config.key}",
				"POSTHOG_HOST":             "${user_config.host}",
				"POSTHOG_PROJECT_ID":       "${user_config.project}",
				"POSTHOG_MCP_READ_ONLY":    "${user_config.read_only}",
			},
			Platforms: map[string]Start{
				"win32": {Command: dirname + Windows, Args: []string{"stdio"}},
				"linux": {Command: "/bin/sh", Args: []string{"-c", `exec "$0/linux-$(uname -m)/posthog-mcp" stdio`, dirname + "server"}},
			},
		}},
		Tools: tools, Prompts: prompts,
		Keywords: []string{"posthog", "analytics", "dashboards", "subscriptions", "slack"},
		License:  "MIT", PrivacyPolicies: []string{"https://posthog.com/privacy"},
		Compatibility: Compatibility{[]string{"darwin", "win32", "linux"}},
		UserConfig:    options(),
	}
}

func options() map[string]Option {
	return map[string]Option{
		"key": {
			Type: "string", Title: "Personal API key", Required: true, Sensitive: true,
			Description: "From PostHog's settings, Personal API keys. It starts with phx_, and needs only the scopes that you want an agent to have.",
		},
		"host": {
			Type: "string", Title: "PostHog region or URL", Default: "us",
			Description: "us, eu, or the URL of your own PostHog.",
		},
		"project": {
			Type: "string", Title: "Project", Default: "@current",
			Description: "The number in your project's URL. @current is the one that is open in PostHog.",
		},
		"read_only": {
			Type: "boolean", Title: "Only read", Default: false,
			Description: "Offers only the tools that change nothing.",
		},
	}
}

// semver is a version as https://semver.org has it.
var semver = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

// Semantic is version as a semantic one, which a manifest wants: v1.2.3 as
// 1.2.3, and that of a commit without a release as one before every release.
func Semantic(version string) string {
	if plain := strings.TrimPrefix(version, "v"); semver.MatchString(plain) {
		return plain
	}
	return "0.0.0-g" + regexp.MustCompile(`[^0-9A-Za-z-]`).ReplaceAllString(version, "-")
}
