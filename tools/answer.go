package tools

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/tidwall/gjson"
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
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	if isHTML(r.ContentType, body) {
		return t.unusable(r, "an HTML page instead of JSON").result()
	}
	// These two read the body five times faster than encoding/json does.
	if !gjson.ValidBytes(body) {
		return t.unusable(r, "JSON that breaks off or is not valid").result()
	}
	// What is shown is a fraction of the body, so it is made compact and clean
	// afterwards.
	object := view.Clean(pretty.UglyInPlace(t.show(args, body, c)))
	return Result{Object: object, Status: r.Status}
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
