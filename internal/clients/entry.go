package clients

import (
	"net/url"
	"slices"
	"strings"

	"posthog-mcp/internal/clients/jsonc"
)

// connection are the members of an entry that say how a server is reached, for
// all clients and both ways: a server that moves from one way to the other
// leaves none behind.
var connection = []string{"type", "command", "args", "env", "url", "httpUrl", "serverUrl", "headers", "requestInit"}

// Snippet is what c's file has to hold for s, as people paste it.
func (c Client) Snippet(s Server) string {
	if c.TOML {
		return c.tables(s)
	}
	return c.document(s).String() + "\n"
}

// document is a file that holds s alone.
func (c Client) document(s Server) jsonc.Object {
	document := jsonc.Object{{Name: c.Servers, Value: jsonc.Object{{Name: s.Name, Value: c.entry(s)}}}}
	if questions := c.questions(s); questions != nil {
		document = slices.Insert(document, 0, jsonc.Member{Name: "inputs", Value: questions})
	}
	return document
}

// questions are what the client asks for.
func (c Client) questions(s Server) []jsonc.Object {
	if c.KeyWay(s) != KeyAsked {
		return nil
	}
	id := strings.TrimSuffix(strings.TrimPrefix(refer(c.Reference, s), "${input:"), "}")
	return []jsonc.Object{{
		{Name: "type", Value: "promptString"}, {Name: "id", Value: id},
		{Name: "description", Value: "PostHog personal API key"}, {Name: "password", Value: true},
	}}
}

// entry is what c is told of s, under its name.
func (c Client) entry(s Server) jsonc.Object {
	switch {
	case s.URL == "":
		return c.program(s, s.environment(c.Reference))
	case c.URL == "":
		return c.program(bridge(s))
	}
	address := c.address(s)
	if s.Key == "" {
		return c.typed("http", jsonc.Object{{Name: c.URL, Value: address}})
	}
	var sent any = jsonc.Object{{Name: "Authorization", Value: s.bearer(c.Reference)}}
	for _, name := range slices.Backward(c.Headers[1:]) {
		sent = jsonc.Object{{Name: name, Value: sent}}
	}
	entry := jsonc.Object{{Name: c.URL, Value: address}, {Name: c.Headers[0], Value: sent}}
	return c.typed("http", entry)
}

// address is the URL of s with the dialect that c asks for, where s names none.
func (c Client) address(s Server) string {
	u, err := url.Parse(s.URL)
	switch {
	case c.Dialect == "" || err != nil || u.Query().Has("schema"):
		return s.URL
	case u.RawQuery == "":
		return s.URL + "?schema=" + c.Dialect
	}
	return s.URL + "&schema=" + c.Dialect
}

func (c Client) program(s Server, env []Setting) jsonc.Object {
	entry := jsonc.Object{{Name: "command", Value: s.Command}, {Name: "args", Value: s.Args}}
	if len(env) > 0 {
		entry = append(entry, jsonc.Member{Name: "env", Value: settings(env)})
	}
	return c.typed("stdio", entry)
}

func (c Client) typed(transport string, entry jsonc.Object) jsonc.Object {
	if c.Typed {
		return slices.Insert(entry, 0, jsonc.Member{Name: "type", Value: transport})
	}
	return entry
}

func settings(env []Setting) (object jsonc.Object) {
	for _, setting := range env {
		object = append(object, jsonc.Member{Name: setting.Name, Value: setting.Value})
	}
	return object
}

// bridge is a program that leads to s.URL: mcp-remote, from npm, which expands
// the variable in the header. The header has no blank, which Claude Desktop
// takes apart on Windows.
func bridge(s Server) (Server, []Setting) {
	const variable = "POSTHOG_AUTHORIZATION"
	s.Command, s.Args = "npx", []string{"-y", "mcp-remote", s.URL}
	if s.Key == "" {
		return s, nil
	}
	s.Args = []string{"-y", "mcp-remote", s.URL, "--header", "Authorization:${" + variable + "}"}
	return s, []Setting{{variable, s.bearer("")}}
}
