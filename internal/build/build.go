// Package build knows which build of posthog-mcp this is.
package build

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// version is set by the linker: -X posthog-mcp/internal/build.version=v1.2.3.
var version string

// Version is the release's version, else the module's, else "dev".
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// releases is set by the linker where a release is published: the address of its files.
var releases string

// Bundle is the address of this release's MCPB bundle; empty if it is not published.
func Bundle() string {
	if releases == "" {
		return ""
	}
	return fmt.Sprintf("%s/%s/posthog-mcp_%s.mcpb", releases, Version(), strings.TrimPrefix(Version(), "v"))
}

// UserAgent is how posthog-mcp introduces itself to PostHog.
func UserAgent() string { return "posthog-mcp/" + Version() }
