package main

import (
	"strings"

	"github.com/alecthomas/kong"

	"posthog-mcp/internal/build"
)

// registryCmd prints server.json, by which the MCP registry and the clients that
// read it know the server. Each flag names a package of this release.
type registryCmd struct {
	Name     string `placeholder:"NAMESPACE/NAME" required:"" help:"Name in the registry, in a namespace that the publisher has proved to be theirs."`
	NPM      string `name:"npm" placeholder:"NAME" help:"The npm package."`
	Image    string `placeholder:"REGISTRY/NAME:TAG" help:"The container image."`
	Bundle   string `placeholder:"URL" help:"The MCPB bundle."`
	Checksum string `placeholder:"SHA256" help:"The bundle's checksum."`
}

type registryPackage struct {
	Type        string            `json:"registryType"`
	Identifier  string            `json:"identifier"`
	Version     string            `json:"version,omitempty"`
	SHA256      string            `json:"fileSha256,omitempty"`
	Hint        string            `json:"runtimeHint,omitempty"`
	Transport   map[string]string `json:"transport"`
	Arguments   []registryInput   `json:"packageArguments,omitempty"`
	Environment []registryInput   `json:"environmentVariables,omitempty"`
}

type registryInput struct {
	Type        string   `json:"type,omitempty"`
	Name        string   `json:"name,omitempty"`
	Value       string   `json:"value,omitempty"`
	Description string   `json:"description,omitempty"`
	Format      string   `json:"format,omitempty"`
	Default     string   `json:"default,omitempty"`
	Placeholder string   `json:"placeholder,omitempty"`
	Choices     []string `json:"choices,omitempty"`
	Secret      bool     `json:"isSecret,omitempty"`
}

// Run prints the registry's document; its schema is in testdata.
func (c *registryCmd) Run(tty console, parsed *kong.Context) error {
	if (c.Bundle == "") != (c.Checksum == "") {
		return usage("--bundle and --checksum belong together: a client compares the file with its checksum")
	}
	version := strings.TrimPrefix(build.Version(), "v")
	var packages []registryPackage
	for _, p := range []registryPackage{
		{Type: "npm", Identifier: c.NPM, Version: version, Hint: "npx"},
		{Type: "oci", Identifier: c.Image, Hint: "docker"},
		{Type: "mcpb", Identifier: c.Bundle, SHA256: c.Checksum},
	} {
		if p.Identifier == "" {
			continue
		}
		p.Transport, p.Environment = map[string]string{"type": "stdio"}, registryEnvironment
		if p.Type != "mcpb" { // the bundle's manifest has its own
			p.Arguments = append([]registryInput{{Type: "positional", Value: "stdio"}}, registryFlags(parsed)...)
		}
		packages = append(packages, p)
	}
	if packages == nil {
		return usage("name a package: --npm, --image or --bundle")
	}
	return writeJSON(tty.out, map[string]any{
		"$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
		"name":    c.Name, "title": "PostHog subscriptions and sharing", "version": version, "packages": packages,
		"description": "PostHog's subscriptions, users and recording sharing, each write with a preview.",
	})
}

var registryEnvironment = []registryInput{
	{Name: envKey, Description: "Personal API key, from PostHog's settings. It needs only the scopes that an agent may use.", Placeholder: "phx_…", Secret: true},
	{Name: envHost, Description: "us, eu, or the URL of your own PostHog.", Default: "us"},
	{Name: envProject, Description: "The number in your project's URL; @current is the one that is open in PostHog.", Default: "@current"},
}

// registryFlags are the flags of stdio that somebody who installs it may set.
func registryFlags(parsed *kong.Context) (inputs []registryInput) {
	for _, f := range stdioFlags(parsed) {
		in := registryInput{Type: "named", Name: "--" + f.Name, Description: f.Help, Default: f.Default, Placeholder: f.PlaceHolder}
		switch {
		case f.Enum != "":
			in.Choices = f.EnumSlice()
		case f.IsBool():
			in.Format, in.Default, in.Placeholder = "boolean", "false", ""
		case f.PlaceHolder == "FILE":
			in.Format = "filepath"
		}
		inputs = append(inputs, in)
	}
	return inputs
}
