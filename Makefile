# The two commands: make run, make test. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO ?= go
CACHE := .cache
comma := ,
GOFUMPT := $(GO) run mvdan.cc/gofumpt@v0.12.0 -extra

# Packages whose tests must reach COVERAGE percent of their statements.
COVERED := ./extproc ./routing/pipeline
COVERAGE := 85

.PHONY: help run build check test test-clients e2e rolling soak lint fmt format-check fuzz bench envoy sdk redis golden train clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build envoy ## run Envoy and Sluice with simulated providers (or with the keys in the environment) and send a few requests
	bin/sluice run --tour --log-dir $(CACHE)/logs $(ARGS)

build: ## build bin/sluice; VERSION=v1.2.3 names a release
	$(GO) build -ldflags "-s -w $(if $(VERSION),-X main.version=$(VERSION))" -o bin/sluice ./cmd/sluice

check: format-check lint test ## check the format, lint, test, and require a clean working tree
	@test -z "$$(git status --porcelain)" || { git status --short; echo "make check: the working tree is not clean" >&2; exit 1; }

test: envoy sdk redis ## run every test, those with the real Envoy included
	$(GO) vet -tags clients ./...
	$(GO) test -race $$($(GO) list ./... | grep -v /e2e | grep -vxF "$$($(GO) list $(COVERED))")
	GO=$(GO) .ci/coverage $(COVERAGE) $(COVERED)
	$(GO) test -count=1 ./e2e/...

AGENTS ?= claude-code,codex,opencode,qwen-code,cline,continue,aider
test-clients: envoy ## install the coding agents in AGENTS from their registries and run each one through Envoy and Sluice
	.ci/clients $(subst $(comma), ,$(AGENTS))
	$(GO) test -count=1 -tags clients -timeout 30m -run '^TestAgents$$' -v ./e2e -agents $(AGENTS)

e2e: envoy sdk redis ## run the tests with the real Envoy only
	$(GO) test -count=1 ./e2e/... $(ARGS)

ROLLING ?= 1m
rolling: envoy redis ## take two replicas away in turn under 200 requests a second, for ROLLING each way, and print what was lost
	SLUICE_ROLLING=$(ROLLING) $(GO) test -count=1 -v -timeout 30m -run TestRolling ./e2e | grep -E 'requests at|^ *---|^ok|^FAIL|: '

SOAKTIME ?= 1000s
soak: envoy redis ## run good and bad traffic for SOAKTIME, and print memory and money; `make test` does so for seconds
	$(GO) test -count=1 -v -timeout 0 -run 'TestSoak|TestManySlowStreams' ./e2e -soak $(SOAKTIME)

FUZZTIME ?= 10s
# The fuzzing engine sometimes reports its own deadline as a failure: such a target runs once more. A real failure has
# written its input to testdata, and fails again.
fuzz: ## run each fuzz target for FUZZTIME; `make test` runs their known inputs only
	@for pkg in $$($(GO) list ./... ); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$target"; \
	    fuzz() { $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime=10x $$pkg >$(CACHE)/fuzz.log 2>&1; }; \
	    fuzz || { grep -q '^    context deadline exceeded$$' $(CACHE)/fuzz.log && fuzz; } || { cat $(CACHE)/fuzz.log; exit 1; }; \
	  done; \
	done

bench: envoy redis ## run the benchmarks of the packages, then those of whole calls through Envoy
	$(GO) test -run '^$$' -bench . -benchmem ./routing/... ./extproc/...
	$(GO) test -count=1 -run '^$$' -bench . -benchtime 1x ./e2e/...

lint: ## run golangci-lint at the pinned version
	.ci/lint

fmt: ## format the code
	$(GOFUMPT) -w cmd docs e2e envoy extproc routing

format-check: ## list the files that `make fmt` would change
	@changed=$$($(GOFUMPT) -l cmd docs e2e envoy extproc routing); test -z "$$changed" || { echo "$$changed"; echo "make format-check: run make fmt" >&2; exit 1; }

golden: envoy ## write the golden files again
	$(GO) test ./envoy/bootstrap -update

train: build ## learn the weights anew from the labelled data in DATA
	bin/sluice train --data $(DATA) --own routing/offline/train/own --out routing/classify/weights.bin

envoy: ## download Envoy if it is missing
	@.ci/envoy >/dev/null

sdk: ## install the providers' SDKs for the tests if they are missing
	@.ci/sdk >/dev/null

redis: ## download a Redis server for the tests if there is none
	@.ci/redis >/dev/null

clean: ## remove everything built and downloaded
	rm -rf bin $(CACHE)
