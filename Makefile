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
BOM      := $(CACHE)/bin/cyclonedx-gomod
BOM_VERSION := v1.10.0
CRANE    := $(CACHE)/bin/crane
CRANE_VERSION := v0.22.1
HELM     := $(CACHE)/bin/helm
HELM_VERSION := v4.3.1
SOAK     ?= 1m
# The time of every file in what is released: the commit's.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
RELEASE  = $(GO) run ./internal/release
RELEASED = -version '$(or $(VERSION),dev)' -ldflags '$(LDFLAGS)' -epoch '$(or $(SOURCE_DATE_EPOCH),0)'

# Nothing here needs C: without it the program is one static file, and builds
# on a machine that has no compiler for it.
export CGO_ENABLED := 0

.DEFAULT_GOAL := help
.PHONY: help demo build test race lint bench conformance look clients golden tokens fuzz dist mcpb image chart soak outdated clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

demo: build ## Watch an MCP client manage a subscription, on the embedded sandbox
	@$(BIN)/posthog-mcp demo

build: ## Build bin/posthog-mcp
	@$(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BIN)/posthog-mcp ./cmd/posthog-mcp

test: ## Run all tests, and each fuzz target briefly
	$(GO) test -timeout 6m ./...
	@$(MAKE) --no-print-directory fuzz FUZZTIME=500x

race: ## Run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 8m ./...

lint: $(LINT) ## Check style and common mistakes
	$(LINT) run ./...
	$(GO) mod tidy -diff

$(LINT):
	@mkdir -p $(dir $@)
	GOBIN=$(abspath $(dir $@)) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

bench: build ## Measure against the bare call, a proxy, a floor and a plain mcp-go server
	@mkdir -p $(BIN)/bench
	$(GO) build -o $(BIN)/bench/ ./internal/bench/...
	$(BIN)/bench/bench -bin $(BIN)/bench -product $(BIN)/posthog-mcp $(BENCH)

conformance: build ## Run the official MCP conformance suite and the Inspector (needs npm)
	@bash internal/conformance/run.sh $(CACHE)/conformance

look: build ## Open the web page in Chromium, use it, and take pictures into bin/look
	@bash internal/look/run.sh $(BIN)/posthog-mcp $(BIN)/look $(CACHE)/look

clients: build ## Connect the real Claude Code and Gemini from npm, in a home that is thrown away
	@bash internal/clients/real.sh $(BIN)/posthog-mcp $(CACHE)/clients

golden: ## Rewrite the golden files from what the code does now; read the diff
	$(GO) test -run '^TestGolden' $$(grep -rl --include='*_test.go' '^func TestGolden' . | xargs -n 1 dirname | sort -u) -update

tokens: ## Count what agents pay for, and write the README's table
	$(GO) test -run '^TestGolden' ./internal/tokens -update

fuzz: ## Fuzz every target for FUZZTIME
	@mkdir -p $(BIN)
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z]*' . | sort | while IFS=: read -r file name; do \
		package=$$(dirname $$file) target=$${name#func }; \
		echo "fuzz $$package $$target"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package > $(BIN)/fuzz.log 2>&1 || { cat $(BIN)/fuzz.log; exit 1; }; \
	done

dist: $(BOM) ## Build for every platform, twice, with checksums and SBOMs (AGAIN=-again: all from nothing)
	@$(RELEASE) dist -out $(BIN)/dist -tool $(abspath $(BOM)) $(RELEASED) $(AGAIN)

mcpb: ## Make and check the bundle for desktop clients (the check needs npm)
	@$(RELEASE) mcpb -out $(BIN)/mcpb $(RELEASED)
	@bash internal/release/mcpb.sh $(BIN)/mcpb $(CACHE)/mcpb

image: $(CRANE) ## Make and check the container image, without an engine
	@$(RELEASE) image -out $(BIN)/image -tool $(abspath $(CRANE)) $(RELEASED)

$(BOM):
	@mkdir -p $(dir $@)
	GOBIN=$(abspath $(dir $@)) $(GO) install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(BOM_VERSION)

$(CRANE):
	@mkdir -p $(dir $@)
	GOBIN=$(abspath $(dir $@)) $(GO) install github.com/google/go-containerregistry/cmd/crane@$(CRANE_VERSION)

chart: build $(HELM) ## Check the Helm chart: lint, render, decode, probe (builds helm once)
	cd deploy/check && HELM=$(abspath $(HELM)) PRODUCT=$(abspath $(BIN)/posthog-mcp) $(GO) test -count=1 -timeout 5m ./...

$(HELM):
	@mkdir -p $(dir $@)
	GOBIN=$(abspath $(dir $@)) $(GO) install helm.sh/helm/v4/cmd/helm@$(HELM_VERSION)

soak: build ## Kill replicas under load for SOAK=1m, besiege one, write noise to stdin (needs nginx, redis-server)
	@$(GO) build -o $(BIN)/soak ./internal/soak
	@$(BIN)/soak -product $(BIN)/posthog-mcp -for $(SOAK)

outdated: ## List the modules that have a newer version (prints nothing when none has)
	@$(GO) list -e -m -u -f '{{with .Update}}{{$$.Path}} {{$$.Version}} -> {{.Version}}{{end}}' $$(sed -n 's/^\t\([^ ]*\) v.*/\1/p' go.mod)

clean: ## Remove what was built
	rm -rf $(BIN) $(CACHE)
