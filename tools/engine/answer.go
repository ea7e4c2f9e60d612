package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// answered is the result of a success: of an answer that has the documented
// shape. Anything else came from somewhere else, or is an error in the clothes
// of a success; of a write nobody can tell then what became of it.
func (c *Call) answered(ctx context.Context, r *Response) Result {
	if wrong := c.read(r); wrong != "" {
		return c.Tool.unusable(r, wrong).result()
	}
	if done := c.Tool.Write.Done; done != "" {
		o := view.NewObject(nil)
		o.Text("notice", c.Args.Notice())
		o.Number("status", int64(r.Status))
		o.Text("message", done)
		return Result{Object: o.Bytes(), Status: r.Status}
	}
	if further := c.Tool.Read.Further; further != nil {
		if refusal := further(ctx, c, c.answer); refusal != nil {
			return refusal.result()
		}
	}
	object := c.show()
	if c.Tool.Effect != Read {
		object = c.effects(ctx, object)
	}
	object = view.Clean(object)
	if !jsontext.Value(object).IsValid() {
		return c.Tool.unusable(r, nameTwice).result()
	}
	return Result{Object: object, Status: r.Status}
}

// nameTwice is refused, since readers take such an object in different ways: what is
// judged must be what is shown and sent.
const nameTwice = "an object that has a name twice"

// read says why the answer is no success of the operation; empty when it is.
func (c *Call) read(r *Response) (wrong string) {
	t, body := c.Tool, bytes.TrimSpace(r.Body)
	switch {
	case isHTML(r.ContentType, body):
		return "an HTML page instead of JSON"
	case len(body) == 0 && t.Write.Done != "":
		return ""
	case len(body) == 0:
		return "an empty answer where an object was due"
	}
	answer, err := view.Read(body)
	if err != nil {
		return "JSON that breaks off or is not valid"
	}
	c.answer, c.results = answer, answer.Get("results")
	for _, name := range t.Has {
		if name == "results.#" && c.results.IsArray() || answer.IsObject() && name != "results.#" && answer.Get(name).Type != gjson.Null {
			return ""
		}
	}
	switch {
	case isError(answer):
		return fmt.Sprintf("an error: %q", shorten(answer.Raw))
	case t.Write.Done != "" && answer.Type != gjson.Null && !answer.IsObject():
		return "something else than an object"
	case t.Has == nil:
		return ""
	}
	return "JSON without " + strings.ReplaceAll(strings.Join(t.Has, " or "), ".#", "")
}

// isError tells whether an object is PostHog's error, in one of its shapes.
func isError(answer gjson.Result) bool {
	isText := func(name string) bool { return answer.Get(name).Type == gjson.String }
	return isText("type") && isText("code") && isText("detail") ||
		len(answer.Map()) == 1 && (isText("error") || isText("detail"))
}

func isHTML(contentType string, body []byte) bool {
	return contentType == "text/html" || contentType == "application/xhtml+xml" || bytes.HasPrefix(body, []byte("<"))
}

// LookedAt is how many rows are asked for where this server picks some of them. It
// is PostHog's own page: rows that are not shown cost the agent nothing. pageLength is
// how many a list has where the call does not say.
const (
	LookedAt   = 100
	pageLength = 25
)

// Rendering is what a view may know besides the object that it shows.
type Rendering struct {
	Tool *Tool
	Args *schema.Arguments
	Now  time.Time
	// Base is where links for people begin: PostHog's host, and the project where
	// the call has one. Host is that without the project.
	Base, Host string
	Planned    bool             // the call has a plan, which names those who get a message at once
	Single     bool             // the object is all there is to show, not one of a list
	Zone       *time.Location   // that a person means; nil where it is not known
	Notice     string           // said of a list before everything else
	Insights   map[int64]string // names that were read besides, by id

	chosen          bool // the call names fields to show in the place of the concise view
	fields          view.Fields
	answer, results gjson.Result // results are the answer's, where it is a list
}

// Page is how the answer, which is a list, is shown. render writes an item in the place
// of [Operation.RenderItem]; nil stands for that.
func (r Rendering) Page(render func(o *view.Object, item gjson.Result)) view.Page {
	reading := r.Tool.Read
	page := view.Page{
		Items: r.results, Offset: r.Args.Number("offset", 0), NarrowHint: reading.NarrowHint, EmptyNotice: reading.EmptyNotice,
		ByName: reading.NameOf != nil, Notice: r.Notice,
	}
	if r.chosen {
		page.Notice = view.Join(r.Notice, r.fields.Missing(r.results.Get("0")))
	}
	match := func(gjson.Result) string { return "" }
	if words := view.Words(r.Args.Text("search")); page.ByName && len(words) > 0 {
		page.Filter, match = view.Find(r.results, words, reading.NameOf)
	} else if reading.Filter != nil {
		page.Filter = reading.Filter(r)
	}
	if page.ByName || page.Filter != nil {
		page.Most = r.Args.Number("limit", pageLength)
	}
	if reading.Link != "" {
		page.Link = r.Base + reading.Link
	}
	page.Item = func(to []byte, item gjson.Result) []byte { return r.item(to, item, render, match(item)) }
	return page
}

// item appends an object in the operation's concise view, or what was chosen instead.
func (r Rendering) item(to []byte, item gjson.Result, render func(*view.Object, gjson.Result), match string) []byte {
	switch {
	case r.chosen:
		return r.fields.Select(to, item)
	case render == nil && r.Tool.RenderItem == nil:
		return append(to, item.Raw...)
	}
	o := view.NewObject(to)
	if render != nil {
		render(o, item)
	} else {
		r.Tool.RenderItem(o, item, r)
	}
	o.Text("match", match)
	return o.Bytes()
}

// show makes an object of PostHog's answer: MCP's structured content must be one.
func (r Rendering) show() []byte {
	answer, notice, o := r.answer, r.Args.Notice(), view.NewObject(nil)
	switch page := r.Tool.Read.RenderPage; {
	case !answer.IsObject():
		o.JSON("result", []byte(answer.Raw))
	case page != nil:
		page(o, answer, r)
	case r.Tool.Read.List && r.results.IsArray():
		r.Page(nil).Add(o, answer)
	default:
		return view.WithNotice(r.item(nil, answer, nil, ""), view.Join(notice, r.fields.Missing(answer)))
	}
	return view.WithNotice(o.Bytes(), notice)
}

// Result is what a call gives the agent.
type Result struct {
	Object json.RawMessage // compact, without a line break
	// Text is for a client that shows text only: sentences on failure. Empty on
	// success, where the object is the text.
	Text    string
	IsError bool   // the call did not do what was asked
	Status  int    // PostHog's, of HTTP; 0 when nothing was answered
	Scope   string // that the key lacks; empty when that is not the reason
	Unsure  bool   // a write may have been made all the same
	// Question, when not nil, is to be put to the person before anything is
	// done; of the other members only Write is then set.
	Question *Question
	Write    *Write // nil for what is no write
}

// Write is what an operator's record has of a write that was asked for. It
// names no person: of recipients it has the domains.
type Write struct {
	Tool    string
	Target  string // where messages would go: domains, a Slack channel's id, a host
	Outcome Outcome
}

// Outcome is what became of a write, in the operator's record.
type Outcome string

// The outcomes. Unless it is done or unknown, nothing came of this call.
const (
	OutcomeDone        Outcome = "done"
	OutcomeUnknown     Outcome = "unknown"     // PostHog may have made it
	OutcomeRepeated    Outcome = "repeated"    // the duplicate guard had the result of an earlier call
	OutcomeRefused     Outcome = "refused"     // by PostHog, or nothing could be sent
	OutcomeDenied      Outcome = "denied"      // by a rule of the operator's
	OutcomeDeclined    Outcome = "declined"    // by the person
	OutcomeUnconfirmed Outcome = "unconfirmed" // a person has to agree to it, and did not yet, or could not be asked
)

func (r Result) sent() Result {
	r.Write = &Write{Outcome: OutcomeRefused}
	switch {
	case !r.IsError:
		r.Write.Outcome = OutcomeDone
	case r.Acted():
		r.Write.Outcome = OutcomeUnknown
	}
	return r
}

// Acted says of a write that it was made, or may have been. Any other can be made again.
func (r Result) Acted() bool {
	return !r.IsError || r.Unsure || r.Status >= 200 && r.Status <= 299 || r.Status >= 500
}

// With is the result with one member more, whose value is JSON.
func (r Result) With(name string, value []byte) Result {
	r.Object = view.Clean(view.Set(r.Object, name, value))
	return r
}

// Unasked is the result in the place of r, whose [Question] could not be asked.
func (r Result) Unasked(err error) Result {
	unasked := refuse("unasked", fmt.Sprintf("A person has to agree to this call, and could not be asked: %v.", err), "Nothing was changed or sent.", "").result()
	unasked.Write = r.Write
	return unasked
}
