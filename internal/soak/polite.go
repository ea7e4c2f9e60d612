package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// visit is one kind of what polite callers do.
type visit struct {
	name string
	// judged tells that it may not take much longer in a siege: it is what callers
	// come for.
	judged bool
	do     func(context.Context, *visitor) error
}

// visitKinds are done over and over, one after the other. A call takes PostHog's
// time too; a ping takes the server's alone, of which a busy machine makes many
// times as much.
var visitKinds = [...]visit{
	{"calls", true, func(ctx context.Context, v *visitor) error { return v.call(ctx, v.kept) }},
	{"calls, new connections", true, func(ctx context.Context, v *visitor) error { return v.call(ctx, v.fresh) }},
	{"pings", false, func(ctx context.Context, v *visitor) error { return v.ping(ctx) }},
}

// visitor is a polite caller of one server.
type visitor struct{ kept, fresh *post }

func newVisitor(addr string) *visitor {
	v := &visitor{kept: newPost("http://"+addr, keyOf("polite")), fresh: newPost("http://"+addr, keyOf("newcomer"))}
	v.fresh.client.Transport.(*http.Transport).DisableKeepAlives = true
	return v
}

func (v *visitor) call(ctx context.Context, p *post) error {
	r, err := legacy{p}.call(ctx, "users-github-login-retrieve", map[string]string{"uuid": "x"})
	if err == nil && r.IsError {
		err = lost(r.StructuredContent)
	}
	return err
}

func (v *visitor) ping(ctx context.Context) error {
	status, _, err := v.kept.send(ctx, "/mcp", []byte(`{"jsonrpc":"2.0","id":0,"method":"ping"}`))
	if err == nil && status != http.StatusOK {
		err = lost(fmt.Sprintf("status %d", status))
	}
	return err
}

// visits are how long each kind took.
type visits struct {
	took   [len(visitKinds)][]time.Duration
	failed int
	why    error
}

// polite visits the servers, each as often as it answers in time d.
func polite(ctx context.Context, d time.Duration, addrs ...string) []*visits {
	all := make([]*visits, len(addrs))
	var visiting sync.WaitGroup
	for i, addr := range addrs {
		visiting.Go(func() { all[i] = visitAll(ctx, d, addr) })
	}
	visiting.Wait()
	return all
}

func visitAll(ctx context.Context, d time.Duration, addr string) *visits {
	made := &visits{}
	v := newVisitor(addr)
	defer v.kept.close()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for i, kind := range visitKinds {
			begin := time.Now()
			if err := kind.do(ctx, v); err != nil {
				made.failed, made.why = made.failed+1, err
				continue
			}
			made.took[i] = append(made.took[i], time.Since(begin))
		}
	}
	return made
}

func (v *visits) count() int {
	n := v.failed
	for _, took := range v.took {
		n += len(took)
	}
	return n
}

// median is exact, as it is divided by others.
func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(all))[len(all)/2]
}
