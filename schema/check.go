package schema

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Arguments are the checked arguments of one call.
type Arguments struct {
	// List holds what was given, in the caller's order, what means "not given"
	// left out.
	List []Argument
	// Ignored names the nullable arguments whose null was taken as "not given",
	// because another null in the call showed that the client pads every
	// optional argument. Empty when nothing that could have been meant is lost.
	Ignored []string
	// Dropped names the arguments whose empty value was taken as "not given",
	// because other empty values in the call showed the same.
	Dropped []string
	// Emptied names those whose empty value is in the List.
	Emptied []string
}

// Argument is one checked value.
type Argument struct {
	Field *Field
	// Raw is the value as JSON: the client's own bytes, unless the type asked
	// for normalising ("5" for an integer becomes 5).
	Raw json.RawMessage
}

// Get returns the raw value of an argument; nil when it was not given.
func (a *Arguments) Get(name string) json.RawMessage {
	for _, arg := range a.List {
		if arg.Field.Name == name {
			return arg.Raw
		}
	}
	return nil
}

// Text is the value without JSON's clothes, for a path or a query: a string's
// characters, any other value as it is written.
func (a Argument) Text() string {
	var s string
	if !bytes.HasPrefix(a.Raw, []byte(`"`)) || json.Unmarshal(a.Raw, &s) != nil {
		return string(a.Raw)
	}
	return s
}

// Check reads the raw arguments of a call: a JSON object, or nothing, or null.
// The error is a [Problems] with everything that is wrong, sorted. Arguments of
// up to 1 MiB take time and memory in proportion to their length.
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

// check is a call while its members are looked at, one by one.
type check struct {
	*Schema
	args    *Arguments
	given   map[string]bool
	unknown []member
	found   Problems
	// padded says that the client fills optional arguments with null, fillers
	// how many it filled with an empty value that they cannot have.
	padded  bool
	fillers int
	// cleared are the arguments to be set to null.
	cleared []string
}

func (c *check) wrong(name, text string) { c.found = append(c.found, Problem{Field: name, Text: text}) }

func (c *check) member(m member) {
	f := c.byName[m.name]
	switch {
	case f == nil && added[m.name] != "":
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

// erases tells whether an empty value in the place of a saved one loses it. An
// empty object is taken for changes to none of the saved members, but for a
// free-form one, which is replaced as a whole.
func (f *Field) erases() bool { return f.Type == "string" || f.Type == "array" || f.Free }

// clear puts nulls in the place of the names that were given to be cleared,
// where those have no value beside.
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

// fillersOfPadding is how many arguments with an empty value that they cannot
// have show that a client fills in all that it has no value for.
const fillersOfPadding = 3

// drop takes back the empty values of a call that is padded with them.
func (c *check) drop() {
	if c.fillers < fillersOfPadding {
		return
	}
	c.args.Dropped, c.args.Emptied = c.args.Emptied, nil
	c.args.List = slices.DeleteFunc(c.args.List, func(a Argument) bool { return slices.Contains(c.args.Dropped, a.Field.Name) })
}

// padded tells whether the client fills every optional argument with null, as
// strict modes do: then some null stands where null has no meaning.
func (s *Schema) padded(members []member) bool {
	for _, m := range members {
		f := s.byName[m.name]
		if f != nil && !f.Nullable && !f.Required && f.isNull(m.value) {
			return true
		}
	}
	return false
}

// Notice says in a sentence each which values were not taken as such, and which
// empty ones were; empty when there is nothing to say.
func (a *Arguments) Notice() string {
	var said []string
	for _, part := range []struct {
		names        []string
		before, then string
	}{
		{a.Ignored, `null was given for an argument that cannot be null, so every null in this call counted as "not given"; not cleared: `, ". To clear one, send null for it alone."},
		{a.Dropped, `Empty values were given for arguments that cannot be empty, so every empty value in this call counted as "not given"; not cleared: `, ". To clear one, send it empty without the others."},
		{a.Emptied, "Cleared, since given as empty: ", "."},
	} {
		if len(part.names) > 0 {
			said = append(said, part.before+strings.Join(part.names, ", ")+part.then)
		}
	}
	return strings.Join(said, " ")
}
