package clients

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/clients/jsonc"
)

// connection are the members of an entry that say how a server is reached, for all
// clients and both ways: they go when a server moves from one way to the other.
var connection = []string{"type", "command", "args", "env", "environment", "url", "httpUrl", "serverUrl", "headers", "requestInit"}

// Snippet is the part of c's file for s, for people to paste.
func (c Client) Snippet(s Server) string {
	switch c.Format {
	case "toml":
		return table(c.Servers+"."+s.Name, c.entry(s))
	case "yaml": // the values are JSON, which YAML includes
		text := c.Servers + ":\n  " + s.Name + ":\n"
		for _, m := range c.entry(s) {
			text += "    " + m.Name + ": " + jsonc.Text(m.Value) + "\n"
		}
		return text
	}
	return c.document(s).String() + "\n"
}

// table writes a table of TOML, and below it those of its objects. A TOML string is a
// JSON string, and so is a list of them; names are bare keys, as [Server.Check] sees to.
func table(name string, members jsonc.Object) string {
	text, below := "["+name+"]\n", ""
	for _, m := range members {
		if object, ok := m.Value.(jsonc.Object); ok {
			below += "\n" + table(name+"."+m.Name, object)
		} else {
			text += m.Name + " = " + jsonc.Text(m.Value) + "\n"
		}
	}
	return text + below
}

// document is a file with s alone.
func (c Client) document(s Server) jsonc.Object {
	document := jsonc.Object{{Name: c.Servers, Value: jsonc.Object{{Name: s.Name, Value: c.entry(s)}}}}
	if questions := c.questions(s); questions != nil {
		document = slices.Insert(document, 0, jsonc.Member{Name: "inputs", Value: questions})
	}
	return document
}

// questions are those that the client asks the user.
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

// entry is c's Program or Remote for s: $command, $args and $line (both in one list),
// $env, $variables (the names of variables to pass on) and $variable, $url, $bearer
// (the value of a header with the key), and $name.
func (c Client) entry(s Server) jsonc.Object {
	form, env := c.Program, s.environment(c.Reference)
	switch {
	case s.URL != "" && c.Remote == "":
		s, env = bridge(s)
	case s.URL != "":
		form = c.Remote
	case s.Key != "" && strings.Contains(form, "$variables"):
		env = s.Env
	}
	values := map[string]any{
		"$name": s.Name, "$command": s.Command, "$args": s.Args, "$line": append([]string{s.Command}, s.Args...), "$url": c.address(s),
	}
	if len(env) > 0 {
		object := jsonc.Object{}
		for _, setting := range env {
			object = append(object, jsonc.Member{Name: setting.Name, Value: setting.Value})
		}
		values["$env"] = object
	}
	if s.Key != "" {
		values["$variable"], values["$variables"], values["$bearer"] = s.Key, []string{s.Key}, s.bearer(c.Reference)
	}
	return fill(gjson.Parse(form), values)
}

// fill replaces the strings that begin with $. A member without a value is left out.
func fill(form gjson.Result, values map[string]any) (object jsonc.Object) {
	form.ForEach(func(name, member gjson.Result) bool {
		value := member.Value()
		if member.IsObject() {
			value = fill(member, values)
		} else if strings.HasPrefix(member.String(), "$") {
			value = values[member.String()]
		}
		if inner, isObject := value.(jsonc.Object); value != nil && (!isObject || len(inner) > 0) {
			object = append(object, jsonc.Member{Name: name.String(), Value: value})
		}
		return true
	})
	return object
}

// address is the URL of s with the dialect that c asks for, unless it has one.
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

// bridge is a program that connects to s.URL: mcp-remote, from npm, which expands the
// variable in the header. The header has no blank, at which Claude Desktop would split
// it on Windows.
func bridge(s Server) (Server, []Setting) {
	const variable = "POSTHOG_AUTHORIZATION"
	s.Command, s.Args = "npx", []string{"-y", "mcp-remote", s.URL}
	if s.Key == "" {
		return s, nil
	}
	s.Args = append(s.Args, "--header", "Authorization:${"+variable+"}")
	return s, []Setting{{variable, s.bearer("")}}
}
