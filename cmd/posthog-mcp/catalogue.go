package main

import (
	"sync"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
)

// compiling is the catalogue, which may still be in the making. It takes as
// long as parsing the command line, so both are done at once: how soon a server
// answers is what a person in an editor waits for.
type compiling func() (*tools.Catalogue, error)

// confirmed is the catalogue for a server that asks for consent; what was
// begun without knowing that is let go.
func (c compiling) confirmed(asks bool) (*tools.Catalogue, error) {
	if asks {
		return tools.NewConfirmedCatalogue()
	}
	return c()
}

func compile() compiling {
	made := sync.OnceValues(func() (*tools.Catalogue, error) {
		catalogue, err := tools.NewCatalogue()
		if err != nil {
			return nil, err
		}
		for _, t := range catalogue.Tools() {
			t.Schema.JSON(schema.Portable) // rendered once, and kept: most clients get it
		}
		return catalogue, nil
	})
	go func() { _, _ = made() }()
	return made
}
