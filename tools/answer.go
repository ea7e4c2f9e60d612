package tools

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"
)

// answered is the result of a success: PostHog's object as it is, compact.
func (t *Tool) answered(r *Response, notice string) Result {
	body := bytes.TrimSpace(r.Body)
	if len(body) == 0 {
		if t.Done == "" {
			return t.unusable(r, "an empty answer where an object was due").result()
		}
		return said(r.Status, t.Done, notice)
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
	object := withNotice(asObject(pretty.UglyInPlace(body)), notice)
	return Result{Object: object, Status: r.Status}
}

// asObject wraps what is not an object: MCP's structured content must be one.
func asObject(value []byte) []byte {
	if value[0] == '{' {
		return value
	}
	return append(append([]byte(`{"result":`), value...), '}')
}

// withNotice puts a sentence of ours in front of PostHog's members.
func withNotice(object []byte, notice string) []byte {
	if notice == "" {
		return object
	}
	text, _ := json.Marshal(notice)
	out := append([]byte(`{"notice":`), text...)
	if len(object) > 2 {
		out = append(out, ',')
	}
	return append(out, object[1:]...)
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
