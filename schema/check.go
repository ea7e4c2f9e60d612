package schema

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// Check reads the raw arguments of a call: a JSON object, nothing, or null. The
// error is a sorted [Problems]. Time and memory are in proportion to the length,
// which is at most 1 MiB.
func (s *Schema) Check(raw json.RawMessage) (*Arguments, error) {
	members, err := readObject(raw)
	if err != nil {
		return nil, Problems{{Text: "arguments: " + err.Error()}}
	}
	c := check{Schema: s, args: &Arguments{List: make([]Argument, 0, len(members))}, given: make(map[string]bool, len(members))}
	for _, m := range members {
		c.read(m)
	}
	c.clear()
	for _, v := range c.values {
		c.add(v)
	}
	for _, field := range s.fields {
		if field.Required && !c.given[field.Name] {
			c.wrong(field.Name, field.missing())
		}
	}
	c.found = append(c.found, s.unknowns(c.unknown)...)
	if len(c.found) > 0 {
		slices.SortStableFunc(c.found, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Text, b.Text)) })
		return nil, c.found
	}
	return c.args, nil
}

// paddingThreshold is the number of fillers that shows that a client gives an
// empty value for every argument it has no value for.
const paddingThreshold = 3

// check is the state while the arguments of a call are checked.
type check struct {
	*Schema
	args    *Arguments
	given   map[string]bool
	values  []value
	unknown []member
	found   Problems
	// padded means that the client fills optional arguments with null, as strict modes
	// do: one is null that cannot be null. fillers counts the arguments that got an
	// empty value although they cannot be empty.
	padded  bool
	fillers int
	// cleared names the arguments to set to null.
	cleared []string
}

// value is the value of an argument before it is known whether the client pads.
type value struct {
	Argument
	null bool
	// empty means that the value clears the stored one. An empty object changes none of
	// the stored members, unless it is a free-form one, which is replaced as a whole.
	empty bool
}

const null = "null"

func (c *check) wrong(name, text string) { c.found = append(c.found, Problem{Field: name, Text: text}) }

// read checks a member, and skips one that counts as "not given" in any call.
func (c *check) read(m member) {
	name := m.name.Str
	f := c.byName[name]
	switch {
	case f == nil && hostArguments[name] != "":
		return
	case f == nil:
		c.unknown = append(c.unknown, m)
		return
	case c.given[name]:
		c.wrong(name, "given twice")
		return
	}
	isNull := f.isNull(m.value)
	c.given[name] = !isNull || !f.Required
	if isNull {
		c.padded = c.padded || !f.Required && !f.Nullable
		if f.Nullable && !f.Required {
			c.values = append(c.values, value{Argument: Argument{f, json.RawMessage(null)}, null: true})
		}
		return
	}
	raw, problem := f.check(m.value)
	empty := !f.Required && f.isEmpty(m.value)
	switch {
	case empty && (problem != "" || f.Filled):
		c.fillers++
	case problem != "":
		c.wrong(name, problem)
	case f.Clears:
		_ = json.Unmarshal(raw, &c.cleared) // just checked: a list of names
	default:
		erases := f.Type == "string" || f.Type == "array" || f.Free
		c.values = append(c.values, value{Argument: Argument{f, raw}, empty: empty && erases})
	}
}

// add adds a value to the arguments, unless it is there to pad.
func (c *check) add(v value) {
	name := v.Field.Name
	switch {
	case v.null && c.padded:
		c.args.ignored = append(c.args.ignored, name)
		return
	case v.empty && c.fillers >= paddingThreshold:
		c.args.dropped = append(c.args.dropped, name)
		return
	case v.empty:
		c.args.emptied = append(c.args.emptied, name)
	}
	c.args.List = append(c.args.List, v.Argument)
}

// clear gives each name in cleared the value null. A name that also has a value is a
// problem.
func (c *check) clear() {
	for _, name := range c.cleared {
		named := func(v value) bool { return v.Field.Name == name }
		if i := slices.IndexFunc(c.values, named); i >= 0 && string(c.values[i].Raw) != null && !c.values[i].empty {
			c.wrong(name, "given a value, and named as one to clear")
			continue
		}
		c.values = append(slices.DeleteFunc(c.values, named), value{Argument: Argument{c.byName[name], json.RawMessage(null)}})
	}
}

// isNull reports whether a value is null, or "null" for a type other than string.
func (f *Field) isNull(v gjson.Result) bool {
	return v.Type == gjson.Null || f.Type != "string" && v.Raw == `"null"`
}

// hostArguments has the names that hosts add to the arguments of every call, each with
// its source. They are dropped if the tool has no such argument. Any other
// unknown name is refused, since it may be a typing error.
var hostArguments = map[string]string{
	"wait_for_previous": "Gemini CLI: github.com/MemPalace/mempalace/pull/322",
	"toolCallId":        "n8n: github.com/n8n-io/n8n/issues/21500",
	"tool":              "n8n: github.com/n8n-io/n8n/issues/21500",
	"sessionId":         "n8n: github.com/n8n-io/n8n/issues/37308",
	"action":            "n8n: github.com/samir3508/MyCharlie, docs/FIX_MCP_CLIENT_INPUT_FORMAT.md",
	"chatInput":         "n8n: github.com/samir3508/MyCharlie, docs/FIX_MCP_CLIENT_INPUT_FORMAT.md",
	"task_progress":     "Cline: github.com/cline/cline/issues/10426",
	"_sessionID":        "SiYuan: github.com/siyuan-note/siyuan/issues/17927",
}

// Arguments are the checked arguments of one call.
type Arguments struct {
	// List holds the given values in the caller's order, without those that count
	// as "not given".
	List []Argument

	// ignored and dropped name the arguments whose null or empty value counted as "not
	// given", because others in the call showed that the client pads. emptied names
	// those whose empty value is in List.
	ignored, dropped, emptied []string
}

// Argument is one checked value.
type Argument struct {
	Field *Field
	// Raw is the value as JSON: the client's own bytes, unless the value was
	// normalised ("5" for an integer becomes 5).
	Raw json.RawMessage
}

// Get returns the raw value of an argument; nil if it was not given.
func (a *Arguments) Get(name string) json.RawMessage {
	for _, arg := range a.List {
		if arg.Field.Name == name {
			return arg.Raw
		}
	}
	return nil
}

// Given reports whether an argument has a value other than null.
func (a *Arguments) Given(name string) bool {
	raw := a.Get(name)
	return raw != nil && string(raw) != null
}

// Is reports whether an argument has that value, as JSON.
func (a *Arguments) Is(name, value string) bool { return string(a.Get(name)) == value }

// Text returns the [Argument.Text] of an argument; empty if it has no value.
func (a *Arguments) Text(name string) string {
	if !a.Given(name) {
		return ""
	}
	return Argument{Raw: a.Get(name)}.Text()
}

// Number returns a given integer, else otherwise.
func (a *Arguments) Number(name string, otherwise int64) int64 {
	n, err := strconv.ParseInt(a.Text(name), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

// Text returns the value for a path or a query: a string without quotes and
// escapes, any other value as JSON.
func (a Argument) Text() string {
	if v := gjson.ParseBytes(a.Raw); v.Type == gjson.String {
		return v.Str
	}
	return string(a.Raw)
}

// Notice says which nulls and empty values counted as "not given", and which
// empty values cleared something. It is empty if there were none.
func (a *Arguments) Notice() string {
	var said []string
	for _, part := range []struct {
		names         []string
		before, after string
	}{
		{a.ignored, `null was given for an argument that cannot be null, so every null in this call counted as "not given"; not cleared: `, ". To clear one, send null for it alone."},
		{a.dropped, `Empty values were given for arguments that cannot be empty, so every empty value in this call counted as "not given"; not cleared: `, ". To clear one, send it empty without the others."},
		{a.emptied, "Cleared, since given as empty: ", "."},
	} {
		if len(part.names) > 0 {
			said = append(said, part.before+strings.Join(part.names, ", ")+part.after)
		}
	}
	return strings.Join(said, " ")
}
