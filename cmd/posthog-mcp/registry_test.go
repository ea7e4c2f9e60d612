package main

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The schema is the registry's own of 2025-12-11, as it publishes it.
const registrySchema = "testdata/server-2025-12-11.schema.json"

func TestServerJSONFitsTheRegistrysSchema(t *testing.T) {
	text, err := os.ReadFile(registrySchema)
	if err != nil {
		t.Fatal(err)
	}
	published, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(registrySchema, published); err != nil {
		t.Fatal(err)
	}
	schema := compiler.MustCompile(registrySchema)

	printed := serverJSONOf(t, "--npm", "posthog-mcp", "--image", "registry.example/posthog-mcp:1.2.3",
		"--bundle", "https://example.com/posthog-mcp_1.2.3.mcpb", "--checksum", strings.Repeat("0a", 32))
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(printed))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(document); err != nil {
		t.Fatal(err)
	}

	var said struct {
		SchemaURI string            `json:"$schema"`
		Packages  []registryPackage `json:"packages"`
	}
	if err := json.Unmarshal(printed, &said); err != nil {
		t.Fatal(err)
	}
	if id := published.(map[string]any)["$id"]; said.SchemaURI != id {
		t.Errorf("$schema is %s, and the fixture is %v", said.SchemaURI, id)
	}
	for _, p := range said.Packages {
		for _, variable := range p.Environment {
			if secret := variable.Name == envKey; variable.Secret != secret {
				t.Errorf("%s: %s: isSecret is %t", p.Type, variable.Name, variable.Secret)
			}
		}
		if i := slices.IndexFunc(p.Arguments, func(in registryInput) bool { return in.Name == "--read-only" }); (i < 0) != (p.Type == "mcpb") {
			t.Errorf("%s: --read-only is argument %d", p.Type, i)
		}
	}
	if len(said.Packages) != 3 {
		t.Errorf("%d packages, want 3", len(said.Packages))
	}
}

// A client starts what a package's arguments say: each is one that the program takes.
func TestServerJSONArgumentsStartTheServer(t *testing.T) {
	var said struct {
		Packages []registryPackage `json:"packages"`
	}
	if err := json.Unmarshal(serverJSONOf(t, "--npm", "posthog-mcp"), &said); err != nil {
		t.Fatal(err)
	}
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

func TestServerJSONRefusesHalfAPackage(t *testing.T) {
	named := []string{"server-json", "--name", "com.example/posthog-mcp"}
	for want, args := range map[string][]string{
		"name a package":         named,
		"belong together":        append(named, "--bundle", "https://example.com/a.mcpb"),
		"missing flags: --name=": {"server-json", "--npm", "posthog-mcp"},
	} {
		var complaints bytes.Buffer
		if code := run(t.Context(), args, console{strings.NewReader(""), &bytes.Buffer{}, &complaints}); code != exitUsage || !strings.Contains(complaints.String(), want) {
			t.Errorf("%q: exit %d: %s", args, code, &complaints)
		}
	}
}

func serverJSONOf(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, complaints bytes.Buffer
	if code := run(t.Context(), append([]string{"server-json", "--name", "com.example/posthog-mcp"}, args...), console{strings.NewReader(""), &out, &complaints}); code != 0 {
		t.Fatalf("exit %d: %s", code, &complaints)
	}
	return out.Bytes()
}
