package guard

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// anyPort stands for the port in an entry that does not name one.
const anyPort = "*"

// hostList holds the names that the Host header may carry besides the loopback
// ones. A web page can have its own name resolve to 127.0.0.1 (DNS rebinding),
// but it cannot have the browser send another Host.
type hostList map[authority]bool

func newHostList(entries []string) (hostList, error) {
	list := hostList{}
	for _, e := range entries {
		a, ok := parseAuthority(strings.TrimSpace(e))
		if !ok {
			return nil, fmt.Errorf("%s: %w", quote(e), hostMistake(e))
		}
		list.add(a)
	}
	return list, nil
}

func (l hostList) add(a authority) {
	a.host = strings.TrimSuffix(a.host, ".")
	switch a.port {
	case "":
		a.port = anyPort
	case "80", "443":
		// Clients leave the scheme's own port out of the header.
		l[authority{host: a.host}] = true
	}
	l[a] = true
}

func hostMistake(entry string) error {
	switch {
	case strings.Contains(entry, "*"):
		return errors.New("wildcards are not accepted, name each host")
	case strings.Contains(entry, "/"):
		return errors.New("give the host alone, without scheme and path")
	default:
		return errors.New("expected a host like mcp.example.com or mcp.example.com:8443")
	}
}

// check refuses a Host header that is not listed. The dot of the DNS root is
// no difference: it names the same host.
func (l hostList) check(header string) *refusal {
	a, ok := parseAuthority(header)
	a.host = strings.TrimSuffix(a.host, ".")
	if ok && (loopback(a.host) || l[a] || l[authority{a.host, anyPort}]) {
		return nil
	}
	return &refusal{
		status: http.StatusForbidden,
		code:   "forbidden_host",
		message: fmt.Sprintf("This server does not answer to the host %s. "+
			"If the name is meant to reach it, start it with that name in --allowed-hosts.", quote(header)),
	}
}
