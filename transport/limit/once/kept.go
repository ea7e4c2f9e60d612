package once

import "time"

const (
	// mostKept bounds the outcomes that are remembered, in bytes: ten thousand of
	// the usual size.
	mostKept = 16 << 20
	// overhead is about what an outcome takes besides its own bytes.
	overhead = 512
)

// kept are the calls whose outcome is remembered, in the order they ended.
type kept struct {
	window time.Duration
	calls  []*made
	size   int
}

// add remembers a call; all are the keys that it is found by.
func (k *kept) add(m *made, all map[string]*made) {
	k.calls = append(k.calls, m)
	k.size += m.size()
	for k.size > mostKept {
		k.drop(all)
	}
}

// forget drops what is older than the window.
func (k *kept) forget(all map[string]*made) {
	for len(k.calls) > 0 && time.Since(k.calls[0].ended) >= k.window {
		k.drop(all)
	}
}

func (k *kept) drop(all map[string]*made) {
	first := k.calls[0]
	k.calls[0], k.calls = nil, k.calls[1:]
	k.size -= first.size()
	delete(all, first.key)
}

func (m *made) size() int { return overhead + len(m.key) + len(m.result.Object) + len(m.result.Text) }
