package sandbox

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
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

	cred, user, project row
	// organization is the one in the call's path; nil if the route has none.
	organization row
}

// A reply is an answer before it is written. A body of bytes is written as it is, another one as JSON.
type reply struct {
	status int
	body   any
	header http.Header
}

func failed(err *drf.Error) reply {
	r := reply{status: err.Status, body: err, header: http.Header{}}
	if err.RetryAfter > 0 {
		r.header.Set("Retry-After", strconv.Itoa(err.RetryAfter))
	}
	return r
}

// html has an error in the words of a proxy.
func html(err *drf.Error) reply {
	r, title := failed(err), fmt.Sprint(err.Status, " ", http.StatusText(err.Status))
	r.header.Set("Content-Type", "text/html")
	r.body = fmt.Appendf(nil, "<html>\n<head><title>%s</title></head>\n<body>\n<center><h1>%s</h1></center>\n<hr>\n</body>\n</html>\n", title, title)
	return r
}

// write writes the answer. It needs no lock: rows in a reply may be replaced in the world, but are never changed.
func (rep reply) write(w http.ResponseWriter) {
	payload, isRaw := rep.body.([]byte)
	if rep.body != nil && !isRaw {
		w.Header().Set("Content-Type", "application/json")
		payload = raw(rep.body)
	}
	for name, values := range rep.header {
		w.Header()[name] = values
	}
	w.WriteHeader(rep.status)
	_, _ = w.Write(payload)
}

// fail ends the call with an error, as an exception does in the framework.
func fail(err *drf.Error) { panic(failed(err)) }

// refuse ends the call with the error if a rule is broken. A stage is a list of such rules, of which the first counts.
func refuse(broken bool, err *drf.Error) {
	if broken {
		fail(err)
	}
}

// A rule is broken or not, and has an error for the first case.
type rule struct {
	broken bool
	err    *drf.Error
}

// first returns the error of the first broken rule; nil if all hold.
func first(rules ...rule) *drf.Error {
	for _, r := range rules {
		if r.broken {
			return r.err
		}
	}
	return nil
}

// stop ends the call of a view without PostHog's exception handler: with {"error": …}, with {"detail": …} for errors
// of the scheduler, or with a status alone for an empty name.
func stop(broken bool, status int, name, sentence string) {
	r := reply{status: status, header: http.Header{}}
	if name != "" {
		r.body = row{name: sentence}
	}
	if broken {
		panic(r)
	}
}

func (c *call) json() (any, *drf.Error) {
	kind := c.r.Header.Get("Content-Type")
	switch media, _, _ := mime.ParseMediaType(kind); {
	case len(c.body) == 0:
		return map[string]any{}, nil
	case media != "application/json":
		return nil, drf.New(http.StatusUnsupportedMediaType, "unsupported_media_type", `Unsupported media type "`+kind+`" in request.`)
	}
	return drf.Decode(c.body)
}

// object returns the body's JSON object, or ends the call.
func (c *call) object() map[string]any {
	v, err := c.json()
	refuse(err != nil, err)
	data, err := drf.Object(v)
	refuse(err != nil, err)
	return data
}

// glance returns the body's JSON object for a check before the handler, which reports an unreadable one; nil for that.
func (c *call) glance() map[string]any {
	v, _ := c.json()
	data, _ := v.(map[string]any)
	return data
}

// run takes the call through the framework's stages: authentication, permissions, throttles, handler.
func (c *call) run() (rep reply) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case reply:
			rep = p
		default:
			panic(p)
		}
		if rep.status == http.StatusUnauthorized && c.route.scope != public {
			// It names the description of the authorisation server.
			rep.header.Set("WWW-Authenticate", `Bearer resource_metadata="`+c.base+resourceMetadata+`"`)
		}
	}()
	refuse(c.route.handle == nil, notAuthenticated())
	if c.route.scope != public {
		c.authenticate()
		c.authorize()
		c.throttle()
	}
	return reply{status: cmp.Or(c.route.status, http.StatusOK), body: c.route.handle(c), header: http.Header{}}
}
