package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// attack is one way to be a nuisance.
type attack struct {
	name  string
	hands int
	pause time.Duration // 0 for slowest
	do    func(context.Context, net.Conn)
}

// attacks are what some hands do over and over until the siege ends. They are
// slow where being slow is the point; the others leave the machine some air.
var attacks = []attack{
	{"idle connections", 10_000, 0, func(ctx context.Context, _ net.Conn) { <-ctx.Done() }},
	{"slow headers", 400, 0, func(ctx context.Context, c net.Conn) {
		drip(ctx, c, "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-Slow: 1\r\n")
	}},
	{"slow bodies", 400, 0, func(ctx context.Context, c net.Conn) {
		drip(ctx, c, head("application/json", 1<<20), strings.Repeat(" ", 1<<10))
	}},
	{"slow strangers", 200, 0, func(ctx context.Context, c net.Conn) {
		drip(ctx, c, "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n", " ")
	}},
	{"streams left open", 200, 0, func(ctx context.Context, c net.Conn) {
		say(c, "GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "+keyOf("enemy")+"\r\n\r\n")
		<-ctx.Done()
	}},
	{"large bodies", 4, 100 * time.Millisecond, func(_ context.Context, c net.Conn) {
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-list","arguments":{"search":"` + strings.Repeat("x", 1<<20-200) + `"}}}`
		ask(c, head("application/json", len(body))+body)
	}},
	{"too large bodies", 2, 100 * time.Millisecond, func(_ context.Context, c net.Conn) {
		ask(c, head("application/json", 64<<20)+strings.Repeat(" ", 2<<20))
	}},
	{"deep bodies", 4, 100 * time.Millisecond, func(_ context.Context, c net.Conn) {
		body := strings.Repeat("[", 500_000)
		ask(c, head("application/json", len(body))+body)
	}},
	{"huge batches", 4, 100 * time.Millisecond, func(_ context.Context, c net.Conn) {
		body := "[" + strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"ping"},`, 20_000) + "{}]"
		ask(c, head("application/json", len(body))+body)
	}},
	{"large headers", 4, 50 * time.Millisecond, func(_ context.Context, c net.Conn) {
		ask(c, "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: "+strings.Repeat("x", 1<<20)+"\r\n\r\n")
	}},
	{"two lengths", 4, 50 * time.Millisecond, func(_ context.Context, c net.Conn) {
		ask(c, strings.Replace(head("application/json", 2), "\r\n\r\n", "\r\nContent-Length: 4\r\n\r\n", 1)+"{}{}")
	}},
	{"random bytes", 4, 50 * time.Millisecond, func(_ context.Context, c net.Conn) {
		noise := make([]byte, 64<<10)
		_, _ = rand.Read(noise) // it never fails
		ask(c, string(noise))
	}},
	{"answers left unread", 20, 0, func(ctx context.Context, c net.Conn) {
		list := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
		for range 20 {
			say(c, head("application/json", len(list))+list)
		}
		<-ctx.Done()
	}},
}

// head is the beginning of a call that looks as it should.
func head(media string, length int) string {
	return fmt.Sprintf("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nAccept: application/json, text/event-stream\r\nContent-Length: %d\r\n\r\n",
		keyOf("enemy"), media, length)
}

// say writes for as long as a server listens.
func say(c net.Conn, text string) {
	_ = c.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(c, text) // what is refused is refused
}

// ask says it and reads what comes back.
func ask(c net.Conn, text string) {
	say(c, text)
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.Copy(io.Discard, io.LimitReader(c, 64))
}

// drip goes on with some more, a little at a time, until nobody listens.
func drip(ctx context.Context, c net.Conn, beginning, more string) {
	say(c, beginning)
	for again := time.NewTicker(200 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			again.Stop()
			return
		case <-again.C:
			if _, err := io.WriteString(c, more); err != nil {
				again.Stop()
				return
			}
		}
	}
}
