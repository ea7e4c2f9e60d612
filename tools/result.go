package tools

import "posthog-mcp/tools/view"

// with is the result with one member more, whose value is JSON.
func (r Result) with(name string, value []byte) Result {
	r.Object = view.Clean(view.Set(r.Object, name, value))
	return r
}
