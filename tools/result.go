package tools

import (
	"bytes"
	"encoding/json"

	"posthog-mcp/tools/view"
)

// with is the result with one member more.
func (r Result) with(name string, value any) Result {
	member, _ := json.Marshal(map[string]any{name: value})
	object := append(bytes.TrimSuffix(bytes.Clone(r.Object), []byte("}")), ',')
	r.Object = view.Clean(append(object, member[1:]...))
	return r
}
