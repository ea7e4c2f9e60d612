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
HELM     := $(CACHE)/bin/helm
HELM_VERSION := v4.3.1
# What makes a release, at the versions with which two builds are the same.
RELEASERS := $(addprefix $(CACHE)/bin/,goreleaser cyclonedx-gomod crane)
RELEASE   = PATH="$(abspath $(CACHE)/bin):$$PATH" bash check/release
SOAK     ?= 1m
# Who publishes a release, and the address of its files: RELEASES/VERSION/FILE.
export PUBLISHER ?= posthog-mcp
export RELEASES  ?=
REGISTRY_NAME    := io.github.$(PUBLISHER)/posthog-mcp
# The time of every file in what is released: the commit's.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)

PRODUCT  := $(abspath $(BIN))/posthog-mcp
# lint has vet; and what debuggers need is most of the time that a test takes to link.
TESTFLAGS := -vet=off -ldflags '-s -w'
# The same for all that is built, so that each package is compiled once.
export GOFLAGS := -trimpath -buildvcs=false

# Nothing here needs C: without it the program is one static file, and builds
# on a machine that has no compiler for it.
export CGO_ENABLED := 0

.DEFAULT_GOAL := help
.PHONY: help demo build test race lint bench conformance look clients golden tokens fuzz release dist mcpb image npm chart soak size outdated clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

demo: build ## Watch an MCP client manage a subscription, on the embedded sandbox
	@$(BIN)/posthog-mcp demo

# A program that has not changed keeps its time, or the results of tests that run
# it could not be cached.
build: ## Build bin/posthog-mcp
	@cp -p $(BIN)/posthog-mcp $(BIN)/.before 2>/dev/null || true
	@$(GO) build -ldflags '$(LDFLAGS)' -o $(BIN)/posthog-mcp ./cmd/posthog-mcp
	@! cmp -s $(BIN)/.before $(BIN)/posthog-mcp || touch -r $(BIN)/.before $(BIN)/posthog-mcp

test: build ## Run all tests, and the seeds of each fuzz target
	PRODUCT=$(PRODUCT) $(GO) test $(TESTFLAGS) -timeout 6m ./...

race: build ## Run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 PRODUCT=$(PRODUCT) $(GO) test -race $(TESTFLAGS) -timeout 8m ./...

lint: $(LINT) ## Check style and common mistakes
	$(LINT) run ./...
	cd check && $(abspath $(LINT)) run ./...
	$(GO) mod tidy -diff
	$(GO) -C check mod tidy -diff

$(LINT):
	@mkdir -p $(dir $@)
	GOBIN=$(abspath $(dir $@)) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

bench: build ## Measure against a floor and a plain mcp-go server, and hold it to the bar (BENCH='-only object')
	@$(GO) -C check build -o $(abspath $(BIN))/bench ./bench
	@$(BIN)/bench -product $(BIN)/posthog-mcp $(BENCH)

conformance: build ## Run the official MCP conformance suite and the Inspector (needs npm)
	@bash check/conformance/run.sh $(BIN)/posthog-mcp $(CACHE)/conformance

look: build ## Open the web page in Chromium, use it, and take pictures into bin/look
	@bash check/look/run.sh $(BIN)/posthog-mcp $(BIN)/look $(CACHE)/look

clients: build ## Connect real clients from npm, and write the contributors' table of them
	@bash internal/clients/real.sh $(BIN)/posthog-mcp $(CACHE)/clients docs/contributors.md

golden: ## Rewrite the golden files from what the code does now; read the diff
	$(GO) test -run '^TestGolden' $$(grep -rl --include='*_test.go' '^func TestGolden' . | xargs -n 1 dirname | sort -u) -update

tokens: ## Count what agents pay for, and write the README's table
	$(GO) test -run '^TestGolden' ./internal/tokens -update

fuzz: ## Fuzz every target for FUZZTIME (30s; 500x is 500 inputs)
	@mkdir -p $(BIN)
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z]*' . | sort | while IFS=: read -r file name; do \
		package=$$(dirname $$file) target=$${name#func }; \
		echo "fuzz $$package $$target"; \
		$(GO) test $(TESTFLAGS) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package > $(BIN)/fuzz.log 2>&1 || { cat $(BIN)/fuzz.log; exit 1; }; \
	done

release: dist mcpb image npm ## All that is published, each made, installed and started here; and server.json
	@bash check/release/server-json.sh $(BIN) $(REGISTRY_NAME)

dist: $(RELEASERS) ## Archives, packages, SBOMs, checksums and manifests for every platform, made twice (AGAIN=again: from nothing)
	@$(RELEASE)/dist.sh $(BIN)/dist $(AGAIN)

mcpb: build $(RELEASERS) ## Make and check the bundle for desktop clients (needs npm)
	@$(RELEASE)/mcpb.sh $(BIN)/mcpb $(SOURCE_DATE_EPOCH) $(CACHE)/mcpb

image: $(RELEASERS) ## Make and check the container image, without an engine (needs GNU tar)
	@$(RELEASE)/image.sh $(BIN)/image '$(or $(VERSION),dev)' "$$(git rev-parse HEAD 2>/dev/null)" $(SOURCE_DATE_EPOCH) $(REGISTRY_NAME)

npm: $(RELEASERS) ## Make the npm packages, and install and run them from a registry here (needs npm)
	@$(RELEASE)/npm.sh $(BIN)/npm $(REGISTRY_NAME)

$(CACHE)/bin/goreleaser: MODULE := github.com/goreleaser/goreleaser/v2@v2.15.1
$(CACHE)/bin/cyclonedx-gomod: MODULE := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
$(CACHE)/bin/crane: MODULE := github.com/google/go-containerregistry/cmd/crane@v0.22.1
$(RELEASERS):
	@mkdir -p $(dir $@)
	GOBIN=$(abspath $(dir $@)) $(GO) install -ldflags '-s -w' $(MODULE)

chart: build $(HELM) ## Check the Helm chart: lint, render, decode, probe (builds helm once)
	HELM=$(abspath $(HELM)) PRODUCT=$(PRODUCT) $(GO) -C check test -count=1 -timeout 5m ./chart

$(HELM):
	@mkdir -p $(dir $@)
	GOBIN=$(abspath $(dir $@)) $(GO) install helm.sh/helm/v4/cmd/helm@$(HELM_VERSION)

soak: build ## Kill replicas under load for SOAK=1m, attack one, and run the tests of models for as long
	PRODUCT=$(PRODUCT) $(GO) -C check test -count=1 -v -timeout 0 ./soak -for $(SOAK) -hostile 15s -kill 7s
	@bash check/soak/models.sh $(SOAK)

size: build ## Say how large the sources and the program are, and what of
	@bash check/size.sh $(BIN)/posthog-mcp

outdated: ## List the modules that have a newer version (prints nothing when none has)
	@for module in . check; do (cd $$module && $(GO) list -e -m -u -f '{{with .Update}}{{$$.Path}} {{$$.Version}} -> {{.Version}}{{end}}' $$(sed -n 's/^\t\([^ ]*\) v.*/\1/p' go.mod | grep -v '^posthog-mcp')); done

clean: ## Remove what was built
	rm -rf $(BIN) $(CACHE)
