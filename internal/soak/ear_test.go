package main

import (
	"strings"
	"testing"
)

// What is wrong with what a server writes on stdout. ID stands for the id of the
// one request, a ping, that it has between two lines of noise.
func TestEar(t *testing.T) {
	const (
		pong    = `{"jsonrpc":"2.0","id":"ID","result":{}}` + "\n"
		refusal = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}` + "\n"
		notice  = `{"jsonrpc":"2.0","method":"notifications/progress","params":{}}` + "\n"
	)
	for _, tc := range []struct{ name, out, wrong string }{
		{"all is well", refusal + pong + notice + refusal, ""},
		{"noise need not be answered", pong, ""},
		{"no answer", refusal + refusal, "1 requests have no answer"},
		{"two answers", pong + pong, "answered twice"},
		{"another's answer", strings.Replace(pong, `"result":{}`, `"result":{"tools":[]}`, 1), `should hold "result":{}`},
		{"a refusal", strings.Replace(refusal, "null", `"ID"`, 1), `should hold "result":{}`},
		{"more answers than lines", refusal + refusal + pong + refusal, "3 answers to 2 lines"},
		{"words", pong + "panic: x\n", "no JSON-RPC"},
		{"a blank line", pong + "\n", "no JSON-RPC"},
		{"neither result nor error", pong + `{"jsonrpc":"2.0","id":1}` + "\n", "no JSON-RPC"},
		{"another version", pong + strings.Replace(refusal, "2.0", "1.0", 1), "no JSON-RPC"},
		{"the end in mid-line", pong + refusal[:10], "in the middle of a line"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := newEar()
			e.expect(questions[0])
			var id string
			for id = range e.open {
			}
			for _, piece := range strings.SplitAfter(strings.ReplaceAll(tc.out, "ID", id), ",") {
				_, _ = e.Write([]byte(piece)) // it never fails
			}
			got := ""
			if err := e.verdict(2); err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tc.wrong) || (got == "") != (tc.wrong == "") {
				t.Errorf("the verdict is %q, want %q", got, tc.wrong)
			}
		})
	}
}
