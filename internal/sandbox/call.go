package sandbox

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// maxBody is the most bytes of a request body. PostHog accepts 20 MiB; the sandbox accepts less, to bound its memory.
const maxBody = 1 << 20

// A call is one request to the sandbox, under its lock.
type call struct {
	*world
	r      *http.Request
	query  url.Values
	body   []byte
	now    time.Time
	base   string
	route  *route
	values map[string]string
	known  bool // the path has the method

	cred    row
	user    row
	project row
	// organization is the one in the call's path; nil if the route has none.
	organization row

	// parsed returns the body's JSON.
	parsed func() (any, *drf.Error)
}

// A reply is an answer before it is written. A nil body has no content type.
type reply struct {
	status int
	body   any
	header map[string]string
}

func ok(body any) reply { return reply{status: http.StatusOK, body: body} }

func empty(status int) reply { return reply{status: status} }

func failed(err *drf.Error) reply {
	r := reply{status: err.Status, body: err}
	if err.RetryAfter > 0 {
		r.header = map[string]string{"Retry-After": strconv.Itoa(err.RetryAfter)}
	}
	return r
}

// plain is the error of views without PostHog's exception handler: {"error": …}, or {"detail": …} for errors of the
// scheduler.
func plain(status int, name, sentence string) reply {
	return reply{status: status, body: row{name: sentence}}
}

const formType = "application/x-www-form-urlencoded"

func (c *call) isForm() bool { return c.mediaType() == formType }

func (c *call) mediaType() string {
	media, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	return media
}

// json returns the request body's JSON. The fields of a form are strings, or lists if they repeat.
func (c *call) json() (any, *drf.Error) {
	switch {
	case len(c.body) == 0:
		return map[string]any{}, nil
	case c.isForm():
		return c.form(), nil
	case c.mediaType() != "application/json":
		return nil, drf.Bad(http.StatusUnsupportedMediaType, "unsupported_media_type",
			`Unsupported media type "`+c.r.Header.Get("Content-Type")+`" in request.`)
	case c.parsed == nil:
		v, err := drf.Decode(c.body)
		c.parsed = func() (any, *drf.Error) { return v, err }
	}
	return c.parsed()
}

func (c *call) form() map[string]any {
	form, _ := url.ParseQuery(string(c.body))
	out := make(map[string]any, len(form))
	for name, values := range form {
		out[name] = values[len(values)-1]
		if len(values) > 1 || name == "byweekday" {
			list := make([]any, len(values))
			for i, text := range values {
				list[i] = text
			}
			out[name] = list
		}
	}
	return out
}

func (c *call) object() (map[string]any, *drf.Error) {
	v, err := c.json()
	if err != nil {
		return nil, err
	}
	return drf.Object(v)
}

// withBody passes the body's object to answer, or answers with its error.
func withBody(answer func(*call, map[string]any) reply) func(*call) reply {
	return func(c *call) reply {
		data, err := c.object()
		if err != nil {
			return failed(err)
		}
		return answer(c, data)
	}
}

// run takes the call through the framework's stages: negotiation, authentication, permissions, throttles, handler.
func (c *call) run() reply {
	switch {
	case !acceptsJSON(c.r.Header.Get("Accept")):
		return failed(drf.Bad(http.StatusNotAcceptable, "not_acceptable", "Could not satisfy the request Accept header."))
	case c.known && c.route.public:
		return c.route.handle(c)
	case c.known && c.route.sessionOnly:
		return c.refuse(notAuthenticated())
	}
	if err := first(c.authenticate, c.checkMethod, c.authorize, c.throttle); err != nil {
		return c.refuse(err)
	}
	return c.route.handle(c)
}

// checkMethod refuses a method that the path does not have. This follows the permissions that need no action.
func (c *call) checkMethod() *drf.Error {
	switch {
	case c.known:
		return nil
	case c.route.sessionOnly:
		return drf.Denied("This action does not support personal API key access")
	case c.route.inProject:
		if err := c.checkMembership(); err != nil {
			return err
		}
	}
	return drf.Bad(http.StatusMethodNotAllowed, "method_not_allowed", `Method "`+c.r.Method+`" not allowed.`)
}

// refuse returns the error as an answer. A 401 names the description of the authorisation server.
func (c *call) refuse(err *drf.Error) reply {
	r := failed(err)
	if err.Status == http.StatusUnauthorized {
		r.header = map[string]string{"WWW-Authenticate": `Bearer resource_metadata="` + c.base + resourceMetadata + `"`}
	}
	return r
}

func acceptsJSON(accept string) bool {
	return accept == "" || slices.ContainsFunc(strings.Split(accept, ","), func(part string) bool {
		media, _, _ := strings.Cut(part, ";")
		return slices.Contains([]string{"*/*", "application/*", "application/json"}, strings.TrimSpace(media))
	})
}
