package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"posthog-mcp/internal/transcript"
)

const (
	// serverJSON is what the MCP registry, and the clients that read it, know of the
	// server. A release puts its own names, version and checksum into it.
	serverJSON = "../../deploy/server.json"
	// The schema is the registry's own of 2025-12-11, as it publishes it.
	registrySchema = "testdata/server-2025-12-11.schema.json"
)

type registryServer struct {
	Schema      string            `json:"$schema"`
	Name        string            `json:"name"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Version     string            `json:"version"`
	Packages    []registryPackage `json:"packages"`
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

// registryDocument declares each way to get the program. A bundle's manifest has the
// arguments itself.
func registryDocument(t *testing.T) registryServer {
	t.Helper()
	parser, err := newParser(&commands{}, console{})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse([]string{"version"})
	if err != nil {
		t.Fatal(err)
	}
	arguments, stdio := append([]registryInput{{Type: "positional", Value: "stdio"}}, registryFlags(parsed)...), map[string]string{"type": "stdio"}
	return registryServer{
		Schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
		Name:   "com.example/posthog-mcp", Title: "PostHog subscriptions and sharing", Version: "0.0.0",
		Description: "PostHog's subscriptions, users and recording sharing, each write with a preview.",
		Packages: []registryPackage{
			{Type: "npm", Identifier: "posthog-mcp", Version: "0.0.0", Hint: "npx", Transport: stdio, Arguments: arguments, Environment: registryEnvironment},
			{Type: "oci", Identifier: "ghcr.io/example/posthog-mcp:0.0.0", Hint: "docker", Transport: stdio, Arguments: arguments, Environment: registryEnvironment},
			{Type: "mcpb", Identifier: "https://example.com/posthog-mcp.mcpb", SHA256: strings.Repeat("0", 64), Transport: stdio, Environment: registryEnvironment},
		},
	}
}

// The file says what the flags say now.
func TestGoldenServerJSON(t *testing.T) {
	var text bytes.Buffer
	if err := writeJSON(&text, registryDocument(t)); err != nil {
		t.Fatal(err)
	}
	if transcript.Updating(t) {
		if err := os.WriteFile(serverJSON, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(serverJSON)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), text.String()); diff != "" {
		t.Errorf("make golden writes the file (-kept +made):\n%s", diff)
	}
}

func TestServerJSONFitsTheRegistrysSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	published := readJSON(t, registrySchema)
	if err := compiler.AddResource(registrySchema, published); err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile(registrySchema).Validate(readJSON(t, serverJSON)); err != nil {
		t.Fatal(err)
	}
	said := registryDocument(t)
	if id := published.(map[string]any)["$id"]; said.Schema != id {
		t.Errorf("$schema is %s, and the fixture is %v", said.Schema, id)
	}
	for _, p := range said.Packages {
		if i := slices.IndexFunc(p.Arguments, func(in registryInput) bool { return in.Name == "--read-only" }); (i < 0) != (p.Type == "mcpb") {
			t.Errorf("%s: --read-only is argument %d", p.Type, i)
		}
	}
}

func readJSON(t *testing.T, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// A client starts what a package's arguments say: each is one that the program takes.
func TestServerJSONStartsTheServer(t *testing.T) {
	said := registryDocument(t)
	args := []string{}
	for _, in := range said.Packages[0].Arguments {
		switch {
		case in.Type == "positional":
			args = append(args, in.Value)
		case in.Name == "--sandbox":
			args = append(args, "--sandbox=true")
		case in.Default != "":
			args = append(args, in.Name+"="+in.Default)
		}
	}
	var out, complaints bytes.Buffer
	hello := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"registry","version":"1"}}}` + "\n"
	code := run(t.Context(), args, console{strings.NewReader(hello), &out, &complaints})
	if code != 0 || !strings.Contains(out.String(), `"protocolVersion":"2025-11-25"`) {
		t.Errorf("%q: exit %d, %s%s", args, code, &out, &complaints)
	}
}
