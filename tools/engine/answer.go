package engine

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"posthog-mcp/tools/view"
)

// answered is the result of a success: of an answer that has the documented
// shape. Anything else came from somewhere else, or is an error in the clothes
// of a success; of a write nobody can tell then what became of it.
func (c *Call) answered(r *Response) Result {
	t, body, done := c.Tool, bytes.TrimSpace(r.Body), c.Tool.done()
	if isHTML(r.ContentType, body) {
		return t.unusable(r, "an HTML page instead of JSON").result()
	}
	if len(body) == 0 && done == "" {
		return t.unusable(r, "an empty answer where an object was due").result()
	}
	if len(body) == 0 {
		return said(r.Status, done, c.Args.Notice())
	}
	answer, err := view.Read(body)
	if err != nil {
		return t.unusable(r, "JSON that breaks off or is not valid").result()
	}
	if wrong := t.wrong(answer); wrong != "" {
		return t.unusable(r, wrong).result()
	}
	if done != "" {
		return said(r.Status, done, c.Args.Notice())
	}
	object := view.Clean(c.show(answer))
	if !jsontext.Value(object).IsValid() {
		return t.unusable(r, "an object that has a name twice").result() // which readers take in different ways
	}
	return Result{Object: object, Status: r.Status}
}

// done is said of a success without a body of its own; empty where there is one.
func (t *Tool) done() string {
	if t.Write == nil {
		return ""
	}
	return t.Write.Done
}

// wrong says why the answer is no success of the operation; empty when it is.
func (t *Tool) wrong(answer gjson.Result) string {
	for _, name := range t.Has {
		if answer.IsObject() && answer.Get(name).Type != gjson.Null {
			return ""
		}
	}
	switch {
	case isError(answer):
		return fmt.Sprintf("an error: %q", textOf(answer.Value()))
	case t.done() != "" && answer.Type != gjson.Null && !answer.IsObject():
		return "something else than an object"
	case t.Has == nil:
		return ""
	}
	return "JSON without " + strings.ReplaceAll(strings.Join(t.Has, " or "), ".#", "")
}

// isError tells whether an object is PostHog's error, in one of its shapes.
func isError(answer gjson.Result) bool {
	members := len(answer.Map())
	is := func(names ...string) bool {
		for _, name := range names {
			if answer.Get(name).Type != gjson.String {
				return false
			}
		}
		return true
	}
	return is("type", "code", "detail") || members == 1 && (is("error") || is("detail"))
}

// said gives words to an answer without a body.
func said(status int, done, notice string) Result {
	o := view.NewObject(nil)
	o.Text("notice", notice)
	o.Number("status", int64(status))
	o.Text("message", done)
	return Result{Object: o.Bytes(), Status: status}
}

func isHTML(contentType string, body []byte) bool {
	return contentType == "text/html" || contentType == "application/xhtml+xml" || bytes.HasPrefix(body, []byte("<"))
}
