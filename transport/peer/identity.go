// Package peer is what a connection that lasts knows of the client at its other
// end: who the client says it is, and what the person behind it was asked and
// has not answered yet.
package peer

import (
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// Identity keeps what a client says of itself, in its handshake or, since
// 2026-07-28, with a request. A session embeds it, and is one "with client info"
// to mcp-go. The zero value is a client that said nothing.
type Identity struct {
	mu           sync.Mutex
	client       mcp.Implementation
	capabilities mcp.ClientCapabilities
}

// GetClientInfo returns who the client says it is.
func (i *Identity) GetClientInfo() mcp.Implementation {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.client
}

// SetClientInfo keeps who the client says it is.
func (i *Identity) SetClientInfo(client mcp.Implementation) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.client = client
}

// GetClientCapabilities returns what the client says it can do.
func (i *Identity) GetClientCapabilities() mcp.ClientCapabilities {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.capabilities
}

// SetClientCapabilities keeps what the client says it can do.
func (i *Identity) SetClientCapabilities(capabilities mcp.ClientCapabilities) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.capabilities = capabilities
}
