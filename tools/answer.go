package tools

import (
	"bytes"
	"encoding/json"

	"github.com/tidwall/pretty"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// answered is the result of a success.
func (t *Tool) answered(args *schema.Arguments, r *Response, c viewing) Result {
	body := bytes.TrimSpace(r.Body)
	if len(body) == 0 {
		if t.Done == "" {
			return t.unusable(r, "an empty answer where an object was due").result()
		}
		return said(r.Status, t.Done, args.Notice())
	}
	if isHTML(r.ContentType, body) {
		return t.unusable(r, "an HTML page instead of JSON").result()
	}
	answer, err := view.Read(body)
	if err != nil {
		return t.unusable(r, "JSON that breaks off or is not valid").result()
	}
	object := t.show(args, answer, c)
	if !answer.Compact {
		object = pretty.UglyInPlace(object) // a fraction of the answer
	}
	return Result{Object: view.Clean(object), Status: r.Status}
}

// said gives words to an answer without a body.
func said(status int, done, notice string) Result {
	data, _ := json.Marshal(struct {
		Notice  string `json:"notice,omitempty"`
		Status  int    `json:"status"`
		Message string `json:"message"`
	}{notice, status, done})
	return Result{Object: data, Status: status}
}

func isHTML(contentType string, body []byte) bool {
	return contentType == "text/html" || contentType == "application/xhtml+xml" || bytes.HasPrefix(body, []byte("<"))
}
