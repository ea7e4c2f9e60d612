package engine

import "posthog-mcp/tools/view"

// With is the result with one member more, whose value is JSON.
func (r Result) With(name string, value []byte) Result {
	r.Object = view.Clean(view.Set(r.Object, name, value))
	return r
}
