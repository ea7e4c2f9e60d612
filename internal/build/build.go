// Package build knows which build of posthog-mcp this is.
package build

import "runtime/debug"

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

// UserAgent is how posthog-mcp introduces itself to PostHog.
func UserAgent() string { return "posthog-mcp/" + Version() }
