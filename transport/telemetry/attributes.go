package telemetry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.opentelemetry.io/otel/attribute"
)

// The attributes of OpenTelemetry's semantic conventions.
const (
	methodName      = attribute.Key("mcp.method.name")
	protocolVersion = attribute.Key("mcp.protocol.version")
	sessionID       = attribute.Key("mcp.session.id")
	operationName   = attribute.Key("gen_ai.operation.name")
	toolName        = attribute.Key("gen_ai.tool.name")
	requestID       = attribute.Key("jsonrpc.request.id")
	networkKind     = attribute.Key("network.transport")
	networkProtocol = attribute.Key("network.protocol.name")
	errorType       = attribute.Key("error.type")

	httpMethod = attribute.Key("http.request.method")
	httpStatus = attribute.Key("http.response.status_code")
	httpResend = attribute.Key("http.request.resend_count")
)

// The values that they have here.
const (
	methodCall    = string(mcp.MethodToolsCall)
	operationTool = "execute_tool"
)

// describeCall are the attributes of a call's span. Whatever the client chose
// itself is checked or left out.
func (n *numbers) describeCall(ctx context.Context, r *mcp.CallToolRequest) []attribute.KeyValue {
	all := append(make([]attribute.KeyValue, 0, 9), methodName.String(methodCall), operationName.String(operationTool))
	if n.has(r.Params.Name) {
		all = append(all, toolName.String(r.Params.Name))
	}
	if len(r.Header) > 0 { // every POST has some, mcp-go makes up an empty set for stdio
		all = append(all, networkKind.String("tcp"), networkProtocol.String("http"))
	} else {
		all = append(all, networkKind.String("pipe"))
	}
	if v := versionOf(ctx, r); v != "" {
		all = append(all, protocolVersion.String(v))
	}
	// The id of an event stream lets its owner post to it, so a fingerprint of it
	// is shown. Over stdio there is one session, and its id says nothing.
	if session := server.ClientSessionFromContext(ctx); session != nil && session.SessionID() != "" && session.SessionID() != "stdio" {
		sum := sha256.Sum256([]byte(session.SessionID()))
		all = append(all, sessionID.String(hex.EncodeToString(sum[:6])))
	}
	if id, _ := ctx.Value(requestIDKey{}).(string); id != "" {
		all = append(all, requestID.String(id))
	}
	return all
}

// versionOf is the protocol revision of the call, as far as it is known: a
// stateless server learns the revision of an older client from its header.
func versionOf(ctx context.Context, r *mcp.CallToolRequest) string {
	v := server.RequestProtocolVersion(ctx)
	if v == "" {
		v = r.Header.Get(server.HeaderKeyProtocolVersion)
	}
	if !mcp.IsValidProtocolVersion(v) {
		return ""
	}
	return v
}

type requestIDKey struct{}

// longestRequestID is in bytes; clients count, or send a UUID.
const longestRequestID = 64

// WithRequestID tells the spans of the calls under ctx the id that the client
// gave its JSON-RPC request, as it wrote it: a number or a string in quotes. The
// conventions want it; mcp-go does not tell it to a tool. An id that is long or
// has more in it than letters, digits and -._:/ is left out.
func WithRequestID(ctx context.Context, id json.RawMessage) context.Context {
	plain := string(id)
	if text, quoted := strings.CutPrefix(plain, `"`); quoted {
		plain = strings.TrimSuffix(text, `"`)
	}
	if plain == "" || len(plain) > longestRequestID || strings.ContainsFunc(plain, strange) {
		return ctx
	}
	return context.WithValue(ctx, requestIDKey{}, plain)
}

func strange(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._:/", r)
}
