package tools

import (
	"bytes"

	"posthog-mcp/tools/view"
)

// with is the result with one member more, whose value is JSON.
func (r Result) with(name string, value []byte) Result {
	object := append(bytes.TrimSuffix(bytes.Clone(r.Object), []byte("}")), `,"`+name+`":`...)
	r.Object = view.Clean(append(append(object, value...), '}'))
	return r
}
