package schema

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

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
	return raw != nil && string(raw) != "null"
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
