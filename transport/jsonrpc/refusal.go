package jsonrpc

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/tidwall/gjson"
)

// longestEcho bounds what an error repeats of a message, in bytes.
const longestEcho = 200

// refuse is the error for a request that mcp-go would answer otherwise than MCP
// says; nil for none.
func refuse(m Message, message gjson.Result) *mcp.JSONRPCError {
	params := message.Get("params")
	if name := twice(params, fold); name != "" {
		return Failure(m.ID, mcp.INVALID_PARAMS, fmt.Sprintf("params has the member %q twice", cut(name)))
	}
	if name := twice(params.Get("_meta"), strings.Clone); name != "" {
		return Failure(m.ID, mcp.INVALID_PARAMS, fmt.Sprintf("params._meta has the member %q twice", cut(name)))
	}
	switch version := message.Get(versionPath); {
	case version.Exists() && version.Type != gjson.String:
		return Failure(m.ID, mcp.INVALID_PARAMS, "the protocol version in _meta is a string")
	case version.Exists() && !mcp.IsValidProtocolVersion(version.Str):
		return Unsupported(m, version.Str)
	case strings.HasSuffix(m.Method, "/list") && params.Get("cursor").String() != "":
		return Failure(m.ID, mcp.INVALID_PARAMS, "params.cursor is none that this server gave: a list is one page, so call "+m.Method+" without a cursor")
	case m.Method == string(mcp.MethodSubscriptionsListen):
		// This server announces no changes. mcp-go would accept the request, and its
		// answer can overtake its own acknowledgement, which has to come first.
		return Failure(m.ID, mcp.METHOD_NOT_FOUND, "nothing here changes: there is nothing to listen to")
	}
	return nil
}

// twice is the first member that an object has a second time, by the names that key
// makes of theirs; empty for none.
func twice(object gjson.Result, key func(string) string) (name string) {
	if !object.IsObject() {
		return ""
	}
	seen := map[string]bool{}
	object.ForEach(func(member, _ gjson.Result) bool {
		known := key(member.Str)
		if seen[known] {
			name = member.Str
		}
		seen[known] = true
		return name == ""
	})
	return name
}

// fold is the same for names that encoding/json takes for the same: the long s is an S.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// versionPath leads to the protocol version, as a path of gjson.
const versionPath = `params._meta.io\.modelcontextprotocol/protocolVersion`

// Version is the protocol version that m declares; empty before 2026-07-28.
func (m *Message) Version() string { return gjson.GetBytes(m.Raw, versionPath).String() }

// Unsupported is the error for a protocol version that is not known here.
// Source: the MCP specification of 2026-07-28, Versioning.
func Unsupported(m Message, version string) *mcp.JSONRPCError {
	version = cut(version)
	response := mcp.UnsupportedProtocolVersionError{Version: version, Supported: mcp.ValidProtocolVersions}.JSONRPCError()
	response.ID = mcp.NewRequestId(m.ID)
	response.Error.Message = fmt.Sprintf("protocol version %q is not supported; there are %s", version, strings.Join(mcp.ValidProtocolVersions, ", "))
	return &response
}

// reworded is an error of mcp-go's, or of a handler's under it, with the code of the
// specification and without names of Go. A handler chooses a code by how its error
// begins: [mcp.ErrInvalidParams], [mcp.ErrResourceNotFound] or
// [mcp.MissingRequiredClientCapabilityError].
func reworded(m Message, e mcp.JSONRPCErrorDetails) mcp.JSONRPCErrorDetails {
	var rest string
	begins := func(prefix string) (found bool) {
		rest, found = strings.CutPrefix(e.Message, prefix)
		return found
	}
	switch {
	case begins("unparsable "), begins("unknown reference type: "), begins("Failed to parse "):
		return invalid(unreadable(m, e.Message))
	case begins("tool '"):
		return invalid(unknown(m, "tool"))
	case begins("prompt '"):
		return invalid(unknown(m, "prompt"))
	case begins(mcp.ErrInvalidParams.Error() + ": "):
		return invalid(rest)
	case begins("handler not found for resource URI "):
		return missing(m, "no such resource; "+string(mcp.MethodResourcesTemplatesList)+" has the form of their URIs")
	case begins(mcp.ErrResourceNotFound.Error() + ": "):
		return missing(m, "no such resource: "+rest)
	case begins("missing required client capability: "):
		name, _ := strconv.Unquote(rest)
		e.Code, e.Data = mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, map[string]any{"requiredCapabilities": map[string]any{name: struct{}{}}}
	case e.Code != mcp.INTERNAL_ERROR && len(e.Message) > 3*longestEcho: // mcp-go repeats a method whole
		e.Message = cut(e.Message)
	}
	return e
}

func invalid(text string) mcp.JSONRPCErrorDetails {
	return mcp.JSONRPCErrorDetails{Code: mcp.INVALID_PARAMS, Message: text}
}

// unknown is what is wrong with the name of a tool or a prompt.
func unknown(m Message, kind string) string {
	name := gjson.GetBytes(m.Raw, "params.name").String()
	if name == "" {
		return fmt.Sprintf("params.name is missing: %s needs the name of a %s", m.Method, kind)
	}
	return fmt.Sprintf("no %s is called %q; %[1]ss/list has those there are", kind, cut(name))
}

// missing is the error for a resource that is not there. Its code changed with
// 2026-07-28. Source: the MCP specification, Resources, Error Handling.
func missing(m Message, text string) mcp.JSONRPCErrorDetails {
	uri := gjson.GetBytes(m.Raw, "params.uri")
	if !uri.Exists() {
		return invalid("params.uri is missing: " + m.Method + " needs the URI of a resource")
	}
	e := mcp.JSONRPCErrorDetails{Code: mcp.RESOURCE_NOT_FOUND, Message: text, Data: map[string]string{"uri": cut(uri.String())}}
	if mcp.IsModernProtocol(m.Version()) {
		e.Code = mcp.INVALID_PARAMS
	}
	return e
}

// goField is how encoding/json names a member that it could not read. Names of
// embedded structs begin with a capital letter.
var goField = regexp.MustCompile(`\.params\.(?:[A-Z]\w*\.)*([\w.]+) of type`)

// unreadable is what is wrong with params that mcp-go could not read.
func unreadable(m Message, text string) string {
	if path := overflow("params", gjson.GetBytes(m.Raw, "params")); path != "" {
		return fmt.Sprintf("%s of %s is a number that is too large to be read", cut(path), m.Method)
	}
	if field := goField.FindStringSubmatch(text); field != nil {
		return fmt.Sprintf("params.%s of %s is not as MCP defines it", field[1], m.Method)
	}
	if m.Method == string(mcp.MethodCompletionComplete) {
		return "params.ref of " + m.Method + " is not as MCP defines it: ref/prompt with a name, or ref/resource with a uri"
	}
	return "the params of " + m.Method + " are not as MCP defines them"
}

// overflow is the path to a number that a float64 cannot hold; empty for none.
func overflow(path string, value gjson.Result) (found string) {
	switch value.Type {
	case gjson.Number:
		if _, err := strconv.ParseFloat(value.Raw, 64); err != nil {
			return path
		}
	case gjson.JSON:
		value.ForEach(func(name, member gjson.Result) bool {
			step := "." + name.String()
			if value.IsArray() {
				step = "[" + name.String() + "]"
			}
			found = overflow(path+step, member)
			return found == ""
		})
	}
	return found
}

// cut keeps an error from costing more than it is worth.
func cut(text string) string {
	if len(text) <= longestEcho {
		return text
	}
	return strings.ToValidUTF8(text[:longestEcho], "") + "…"
}

// Failure is an error response; without an id, JSON-RPC wants null.
func Failure(id json.RawMessage, code int, text string) *mcp.JSONRPCError {
	response := mcp.NewJSONRPCError(mcp.NewRequestId(id), code, text, nil)
	return &response
}
