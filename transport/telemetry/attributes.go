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

const (
	methodCall    = string(mcp.MethodToolsCall)
	operationTool = "execute_tool"
)

// describeCall returns the attributes of a call's span. What the client chose itself is
// checked or left out.
func (n *numbers) describeCall(ctx context.Context, r *mcp.CallToolRequest) []attribute.KeyValue {
	all := append(make([]attribute.KeyValue, 0, 9), methodName.String(methodCall), operationName.String(operationTool))
	if n.has(r.Params.Name) {
		all = append(all, toolName.String(r.Params.Name))
	}
	if len(r.Header) > 0 { // over stdio mcp-go has an empty set
		all = append(all, networkKind.String("tcp"), networkProtocol.String("http"))
	} else {
		all = append(all, networkKind.String("pipe"))
	}
	if v := versionOf(ctx, r); v != "" {
		all = append(all, protocolVersion.String(v))
	}
	// The id of an event stream lets its owner post to it, so the span has a
	// fingerprint of it. Over stdio there is only one session.
	if session := server.ClientSessionFromContext(ctx); session != nil && session.SessionID() != "" && session.SessionID() != "stdio" {
		sum := sha256.Sum256([]byte(session.SessionID()))
		all = append(all, sessionID.String(hex.EncodeToString(sum[:6])))
	}
	if c := From(ctx); c != nil && c.id != "" {
		all = append(all, requestID.String(c.id))
	}
	return all
}

// versionOf is the protocol revision of the call; empty if unknown. A stateless server
// has the revision of an older client only in a header.
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

// longestRequestID is in bytes; clients count, or send a UUID.
const longestRequestID = 64

// WithRequestID adds the id of the client's JSON-RPC request, a number or a string in
// quotes, to the spans of the calls under ctx. The conventions require it, and a tool
// does not get it from mcp-go. An id that is long, or has other characters than letters,
// digits and -._:/, is left out.
func WithRequestID(ctx context.Context, id json.RawMessage) context.Context {
	plain := string(id)
	if text, quoted := strings.CutPrefix(plain, `"`); quoted {
		plain = strings.TrimSuffix(text, `"`)
	}
	if plain == "" || len(plain) > longestRequestID || strings.ContainsFunc(plain, strange) {
		return ctx
	}
	return context.WithValue(ctx, callKey{}, &Call{id: plain, failed: map[asked]int{}})
}

func strange(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._:/", r)
}
