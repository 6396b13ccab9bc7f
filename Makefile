# The two commands: make run, make test. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO ?= go
CACHE := .cache

.PHONY: help run build test e2e lint fmt fuzz bench envoy sdk redis golden train clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build envoy ## start everything with simulated providers (or with the keys in the environment), send a short tour, stay up
	bin/sluice run --tour --log-dir $(CACHE)/logs $(ARGS)

build: ## build bin/sluice
	$(GO) build -o bin/sluice ./cmd/sluice

test: envoy sdk redis ## every test, those on the real Envoy included
	$(GO) vet ./...
	$(GO) test -race $$($(GO) list ./... | grep -v /e2e)
	$(GO) test -count=1 ./e2e/...
	$(MAKE) --no-print-directory fuzz FUZZTIME=3s

e2e: envoy sdk redis ## only the tests on the real Envoy
	$(GO) test -count=1 ./e2e/... $(ARGS)

FUZZTIME ?= 10s
fuzz: ## run each fuzz target for FUZZTIME
	@for pkg in $$($(GO) list ./... ); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime=10x $$pkg >$(CACHE)/fuzz.log 2>&1 || { cat $(CACHE)/fuzz.log; exit 1; }; \
	  done; \
	done

bench: envoy redis ## benchmarks of the parts, then of whole calls through Envoy
	$(GO) test -run '^$$' -bench . -benchmem ./routing/... ./extproc/...
	$(GO) test -count=1 -run '^$$' -bench . -benchtime 1x ./e2e/...

lint: ## golangci-lint, pinned
	.ci/lint

fmt: ## format the code
	$(GO) run mvdan.cc/gofumpt@v0.12.0 -w -extra cmd e2e envoy examples extproc routing

golden: envoy ## write the golden files anew
	$(GO) test ./envoy/bootstrap -update

train: build ## learn the weights anew from the labelled data in DATA
	bin/sluice train --data $(DATA) --own routing/offline/train/own --out routing/classify/weights.bin

envoy: ## obtain Envoy, if there is none
	@.ci/envoy >/dev/null

sdk: ## obtain the providers' own SDKs for the tests
	@.ci/sdk >/dev/null

redis: ## obtain a Redis server for the tests, if there is none
	@.ci/redis >/dev/null

clean: ## remove what was built and downloaded
	rm -rf bin $(CACHE)
