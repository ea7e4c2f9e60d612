# posthog-mcp: `make` lists what can be made. A machine needs Go 1.26 and make;
# lint and conformance fetch their own tools into .cache.

GO       ?= go
BIN      := bin
CACHE    := .cache
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  := -s -w $(if $(VERSION),-X posthog-mcp/internal/build.version=$(VERSION))
FUZZTIME ?= 30s
LINT     := $(CACHE)/bin/golangci-lint
LINT_VERSION := v2.15.0

# Nothing here needs C: without it the program is one static file, and builds
# on a machine that has no compiler for it.
export CGO_ENABLED := 0

.DEFAULT_GOAL := help
.PHONY: help demo build test race lint bench conformance look golden tokens fuzz clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

demo: build ## Watch an MCP client manage a subscription, on the embedded sandbox
	@$(BIN)/posthog-mcp demo

build: ## Build bin/posthog-mcp
	@$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/posthog-mcp ./cmd/posthog-mcp

test: ## Run all tests, and each fuzz target briefly
	$(GO) test -timeout 4m ./...
	@$(MAKE) --no-print-directory fuzz FUZZTIME=500x

race: ## Run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 8m ./...

lint: $(LINT) ## Check style and common mistakes
	$(LINT) run ./...
	$(GO) mod tidy -diff

$(LINT):
	@mkdir -p $(dir $@)
	GOBIN=$(abspath $(dir $@)) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

bench: build ## Measure against the bare call, a floor and a plain mcp-go server
	@mkdir -p $(BIN)/bench
	$(GO) build -o $(BIN)/bench/ ./internal/bench/...
	$(BIN)/bench/bench -bin $(BIN)/bench -product $(BIN)/posthog-mcp $(BENCH)

conformance: build ## Run the official MCP conformance suite and the Inspector (needs npm)
	@bash internal/conformance/run.sh $(CACHE)/conformance

look: build ## Open the web page in Chromium, use it, and take pictures into bin/look
	@bash internal/look/run.sh $(BIN)/posthog-mcp $(BIN)/look $(CACHE)/look

golden: ## Rewrite the golden files from what the code does now; read the diff
	$(GO) test ./tools ./transport ./transport/guide ./transport/stdio ./transport/web ./internal/clients ./internal/conversations ./internal/doctor ./internal/tokens -update
	$(GO) test ./cmd/posthog-mcp -run "Readme|Snippets" -update

tokens: ## Count what agents pay for, and write the README's table
	$(GO) test ./internal/tokens -update

fuzz: ## Fuzz every target for FUZZTIME
	@mkdir -p $(BIN)
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z]*' . | sort | while IFS=: read -r file name; do \
		package=$$(dirname $$file) target=$${name#func }; \
		echo "fuzz $$package $$target"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package > $(BIN)/fuzz.log 2>&1 || { cat $(BIN)/fuzz.log; exit 1; }; \
	done

clean: ## Remove what was built
	rm -rf $(BIN) $(CACHE)
