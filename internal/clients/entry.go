package clients

import (
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"
)

// Snippet is the part of c's file for s, for people to paste.
func (c Client) Snippet(s Server) string {
	switch entry := gjson.Parse(c.entry(s)); c.Format {
	case "toml":
		return table(c.Servers+"."+s.Name, entry)
	case "yaml": // the values are JSON, which YAML includes
		text := c.Servers + ":\n  " + s.Name + ":\n"
		for name, value := range entry.All() {
			text += "    " + name.String() + ": " + onOneLine(value) + "\n"
		}
		return text
	}
	return render(gjson.Parse(c.document(s)), "\n", "  ") + "\n"
}

// table writes a table of TOML, and below it those of its objects. A TOML string is a
// JSON string, and so is a list of them; names are bare keys, as [Server.Check] sees to.
func table(name string, members gjson.Result) string {
	text, below := "["+name+"]\n", ""
	for member, value := range members.All() {
		if value.IsObject() {
			below += "\n" + table(name+"."+member.String(), value)
		} else {
			text += member.String() + " = " + onOneLine(value) + "\n"
		}
	}
	return text + below
}

// document is a file with s alone, as JSON on one line.
func (c Client) document(s Server) string {
	servers := quote(c.Servers) + ":{" + quote(s.Name) + ":" + c.entry(s) + "}}"
	if questions := c.questions(s); questions != "" {
		return `{"inputs":` + questions + "," + servers
	}
	return "{" + servers
}

// questions are the list of those that the client asks the user; empty for none.
func (c Client) questions(s Server) string {
	if c.KeyWay(s) != KeyAsked {
		return ""
	}
	id := strings.TrimSuffix(strings.TrimPrefix(refer(c.Reference, s), asking), "}")
	return `[{"type":"promptString","id":` + quote(id) + `,"description":"PostHog personal API key","password":true}]`
}

// entry is c's Program or Remote for s, as JSON on one line: $command, $args and $line
// (both in one list), $env, $variables (the names of variables to pass on) and
// $variable, $url, $bearer (the value of a header with the key), and $name.
func (c Client) entry(s Server) string {
	form, env := c.Program, s.environment(c.Reference)
	switch {
	case s.URL != "" && c.Remote == nil:
		s, env = bridge(s)
	case s.URL != "":
		form = c.Remote
	case s.Key != "" && strings.Contains(string(form), "$variables"):
		env = s.Env
	}
	settings := make([]string, len(env))
	for i, setting := range env {
		settings[i] = quote(setting.Name) + ":" + quote(setting.Value)
	}
	values := map[string]string{
		"$name": quote(s.Name), "$command": quote(s.Command), "$args": quote(s.Args), "$line": quote(append([]string{s.Command}, s.Args...)),
		"$url": quote(c.address(s)), "$env": "{" + strings.Join(settings, ",") + "}",
	}
	if s.Key != "" {
		values["$variable"], values["$variables"], values["$bearer"] = quote(s.Key), quote([]string{s.Key}), quote(s.bearer(c.Reference))
	}
	return fill(gjson.ParseBytes(form), values)
}

// fill replaces the strings that begin with $. A member without a value is left out.
func fill(form gjson.Result, values map[string]string) string {
	var members []string
	for name, member := range form.All() {
		value := member.Raw
		if member.IsObject() {
			value = fill(member, values)
		} else if strings.HasPrefix(member.String(), "$") {
			value = values[member.String()]
		}
		if value != "" && value != "{}" {
			members = append(members, name.Raw+":"+value)
		}
	}
	return "{" + strings.Join(members, ",") + "}"
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

// quote writes a string or a list of strings as JSON that people can read: <, > and &
// stay.
func quote(value any) string {
	text, _ := json.Marshal(value, jsontext.AllowInvalidUTF8(true)) // cannot fail for these
	return string(text)
}

func onOneLine(v gjson.Result) string { return render(v, "", "") }

// render lays out JSON over lines that begin with margin, a line break and blanks, and
// with further indents. Without a margin it is one line. Lists of words stay on one
// line: people read "args" as a command.
func render(v gjson.Result, margin, indent string) string {
	var items []string
	inner := margin + indent
	if margin == "" {
		inner = ""
	}
	switch {
	case v.IsObject():
		for name, member := range v.All() {
			items = append(items, name.Raw+": "+render(member, inner, indent))
		}
	case v.IsArray():
		for _, item := range v.All() {
			items = append(items, onOneLine(item))
		}
	default:
		return v.Raw
	}
	first, last := v.Raw[:1], v.Raw[len(v.Raw)-1:]
	if margin == "" || len(items) == 0 || v.IsArray() && !v.Get("0").IsObject() {
		return first + strings.Join(items, ", ") + last
	}
	return first + inner + strings.Join(items, ","+inner) + margin + last
}
