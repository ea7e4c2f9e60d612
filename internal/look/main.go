// Command look opens the server's page in a headless Chromium, as a person with
// a phone and one with a desk would, uses it, and takes pictures of it. It
// exits with 1 when something does not work.
//
//	look -product bin/posthog-mcp -out bin/look -axe axe.min.js
//
// axe-core is a checker of accessibility; without it that part is left out, in
// words.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	"posthog-mcp/internal/look/browser"
)

// longest bounds a run.
const longest = 10 * time.Minute

func main() {
	product := flag.String("product", "bin/posthog-mcp", "the built program")
	out := flag.String("out", "bin/look", "where the pictures go")
	axe := flag.String("axe", "", "axe-core's axe.min.js")
	flag.Parse()
	if err := run(*product, *out, *axe); err != nil {
		fmt.Fprintln(os.Stderr, "look:", err)
		os.Exit(1)
	}
}

func run(product, out, axe string) error {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	path, err := exec.LookPath("chromium")
	if err != nil {
		return fmt.Errorf("chromium is needed: %w", err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	b, err := browser.Start(ctx, path)
	if err != nil {
		return err
	}
	defer b.Close()
	v := &visit{browser: b, out: out}
	if axe != "" {
		script, err := os.ReadFile(axe)
		if err != nil {
			return err
		}
		v.axe = string(script)
	}
	for _, s := range servers {
		if err := v.to(ctx, product, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if v.axe == "" {
		fmt.Println("not checked with axe-core: it is not there")
	}
	fmt.Printf("%d checks passed, %d failed; pictures are in %s\n", v.passed, v.failed, out)
	if v.failed > 0 {
		return fmt.Errorf("%d checks failed", v.failed)
	}
	return nil
}
