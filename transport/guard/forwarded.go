package guard

import (
	"net/http"
	"slices"
	"strings"
)

// way is what a request's headers say of how it came: the hops from the client
// to the nearest proxy, and the schemes they were called by.
type way struct{ hops, schemes []string }

// scheme is http or https; empty where the headers name none, or several.
func (w way) scheme() string {
	named := slices.Compact(slices.Clone(w.schemes))
	if len(named) != 1 {
		return ""
	}
	if s := strings.ToLower(named[0]); s == "http" || s == "https" {
		return s
	}
	return ""
}

// commonWay reads X-Forwarded-For and X-Forwarded-Proto, to which each proxy
// adds at the end.
func commonWay(h http.Header) way {
	return way{split(h["X-Forwarded-For"]), split(h["X-Forwarded-Proto"])}
}

func split(lines []string) (parts []string) {
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			parts = append(parts, strings.TrimSpace(part))
		}
	}
	return parts
}

// standardWay reads Forwarded (RFC 7239): for=192.0.2.1;proto=https, for="[::1]".
// A line that is not well formed is one hop without an address: a quote that was
// left open on purpose could hide what a proxy added.
func standardWay(h http.Header) (w way) {
	for _, line := range h["Forwarded"] {
		elements, ok := parseForwarded(line)
		if !ok {
			w.hops = append(w.hops, "")
			continue
		}
		for _, e := range elements {
			w.hops = append(w.hops, e["for"])
			if proto := e["proto"]; proto != "" {
				w.schemes = append(w.schemes, proto)
			}
		}
	}
	return w
}

// separators are what no name of a pair has in it (RFC 9110, 5.6.2).
const separators = "()<>@,;:\\\"/[]?={} \t"

// parseForwarded takes one line of the header, element by element.
func parseForwarded(line string) (elements []map[string]string, ok bool) {
	element := map[string]string{}
	for {
		var name, value string
		if name, line, ok = strings.Cut(line, "="); !ok {
			return nil, false
		}
		// An empty pair before a comma must not make the next hop's pair this one's.
		if name = strings.TrimSpace(name); name == "" || strings.ContainsAny(name, separators) {
			return nil, false
		}
		if value, line, ok = cutValue(line); !ok {
			return nil, false
		}
		element[strings.ToLower(name)] = value
		switch {
		case line == "":
			return append(elements, element), true
		case line[0] == ',':
			elements, element = append(elements, element), map[string]string{}
		case line[0] != ';':
			return nil, false
		}
		line = line[1:]
	}
}

// cutValue takes a token or a quoted string off the front of s, and the blanks
// behind it.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s+",", `,;"`)
		value, rest = strings.TrimSpace(s[:end]), s[end:]
		return value, rest, value != "" && !strings.HasPrefix(rest, `"`)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), strings.TrimLeft(s[i+1:], " \t"), true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}
