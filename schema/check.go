package schema

import (
	"encoding/json"
	"slices"
)

// Check reads the raw arguments of a call: a JSON object, nothing, or null. The
// error is a sorted [Problems]. Time and memory are in proportion to the length,
// which is at most 1 MiB.
func (s *Schema) Check(raw json.RawMessage) (*Arguments, error) {
	members, err := readObject(raw)
	if err != nil {
		return nil, Problems{{Text: err.Error()}}
	}
	c := check{
		Schema: s, args: &Arguments{List: make([]Argument, 0, len(members))},
		given: make(map[string]bool, len(members)), padded: s.padded(members),
	}
	for _, m := range members {
		c.member(m)
	}
	c.clear()
	c.drop()
	for _, field := range s.fields {
		if field.Required && !c.given[field.Name] {
			c.wrong(field.Name, field.missing())
		}
	}
	c.found = append(c.found, s.unknowns(c.unknown)...)
	if len(c.found) > 0 {
		return nil, c.found.sorted()
	}
	return c.args, nil
}

// check is the state while the members of a call are checked one by one.
type check struct {
	*Schema
	args    *Arguments
	given   map[string]bool
	unknown []member
	found   Problems
	// padded means that the client fills optional arguments with null. fillers
	// counts the arguments that got an empty value although they cannot be empty.
	padded  bool
	fillers int
	// cleared names the arguments to set to null.
	cleared []string
}

func (c *check) wrong(name, text string) { c.found = append(c.found, Problem{Field: name, Text: text}) }

func (c *check) member(m member) {
	f := c.byName[m.name]
	switch {
	case f == nil && hostArguments[m.name] != "":
		return
	case f == nil:
		c.unknown = append(c.unknown, m)
		return
	case c.given[m.name]:
		c.wrong(m.name, "given twice")
		return
	}
	c.given[m.name] = true
	if f.isNull(m.value) {
		c.null(f)
		return
	}
	value, problem := f.check(m.value)
	empty := !f.Required && f.isEmpty(m.value)
	switch {
	case empty && (problem != "" || f.Filled):
		c.fillers++
	case problem != "":
		c.wrong(m.name, problem)
	case f.Clears:
		_ = json.Unmarshal(value, &c.cleared) // just checked: a list of names
	default:
		if empty && f.erases() {
			c.args.Emptied = append(c.args.Emptied, m.name)
		}
		c.args.List = append(c.args.List, Argument{f, value})
	}
}

func (c *check) null(f *Field) {
	switch {
	case f.Required:
		delete(c.given, f.Name)
	case f.Nullable && c.padded:
		c.args.Ignored = append(c.args.Ignored, f.Name)
	case f.Nullable:
		c.args.List = append(c.args.List, Argument{f, json.RawMessage("null")})
	}
}

// erases reports whether an empty value clears the stored one. An empty object
// changes none of the stored members, unless it is a free-form one, which is
// replaced as a whole.
func (f *Field) erases() bool { return f.Type == "string" || f.Type == "array" || f.Free }

// clear adds a null for each name in cleared. A name that also has a value is a
// problem.
func (c *check) clear() {
	for _, name := range c.cleared {
		same := func(n string) bool { return n == name }
		given := c.args.Get(name)
		if given != nil && !isNull(given) && !slices.ContainsFunc(c.args.Emptied, same) {
			c.wrong(name, "given a value, and named as one to clear")
			continue
		}
		c.args.Ignored = slices.DeleteFunc(c.args.Ignored, same)
		c.args.Emptied = slices.DeleteFunc(c.args.Emptied, same)
		c.args.List = slices.DeleteFunc(c.args.List, func(a Argument) bool { return a.Field.Name == name })
		c.args.List = append(c.args.List, Argument{c.byName[name], json.RawMessage("null")})
	}
}

// paddingThreshold is the number of fillers that shows that a client gives an
// empty value for every argument it has no value for.
const paddingThreshold = 3

// drop removes the empty values of a call that is padded with them.
func (c *check) drop() {
	if c.fillers < paddingThreshold {
		return
	}
	c.args.Dropped, c.args.Emptied = c.args.Emptied, nil
	c.args.List = slices.DeleteFunc(c.args.List, func(a Argument) bool { return slices.Contains(c.args.Dropped, a.Field.Name) })
}

// padded reports whether the client fills every optional argument with null, as
// strict modes do: one argument is null that cannot be null.
func (s *Schema) padded(members []member) bool {
	for _, m := range members {
		f := s.byName[m.name]
		if f != nil && !f.Nullable && !f.Required && f.isNull(m.value) {
			return true
		}
	}
	return false
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
