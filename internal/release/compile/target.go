package compile

import "runtime"

// Name is the program's name, and the first word of the names of all that is
// made of it.
const Name = "posthog-mcp"

// Target is a platform to build for, in Go's words.
type Target struct{ OS, Arch string }

// Targets are the platforms of a release.
func Targets() []Target {
	var all []Target
	for _, system := range []string{"linux", "darwin", "windows"} {
		for _, arch := range []string{"amd64", "arm64"} {
			all = append(all, Target{system, arch})
		}
	}
	return all
}

// Host is the platform that this program runs on.
func Host() Target { return Target{runtime.GOOS, runtime.GOARCH} }

// String is the platform as Go's tools write it: linux/amd64.
func (t Target) String() string { return t.OS + "/" + t.Arch }

// Label is the platform in the name of a file: linux_amd64.
func (t Target) Label() string { return t.OS + "_" + t.Arch }

// Program is the name of the program's file on the platform.
func (t Target) Program() string {
	if t.OS == "windows" {
		return Name + ".exe"
	}
	return Name
}
