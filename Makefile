# Every task a person runs; `make` lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

SUITES := lint test-service test-charts test-gitops test-ci test-images
SERVICE_TESTS := service/test test/data test/docs test/scripts test/tools

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^# --- / {printf "\n%s\n", substr($$0, 7)} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# npm needs any Node from 20 up; the Node that runs everything else comes from the lockfile.
node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node 20 or newer'; exit 1; }
	npm ci --loglevel=error
	@touch $@

# --- Run it
.PHONY: run stop seed
run: node_modules/.package-lock.json ## Serve a dataset here, database included (DATASET=file PORT=8080)
	@exec node scripts/run.ts

stop: node_modules/.package-lock.json ## Stop what `make run` started
	@node scripts/stop.ts

seed: node_modules/.package-lock.json ## Load DATASET into the MongoDB at MONGODB_URI
	@node service/src/seed/main.ts $(or $(DATASET),data/restaurants.ndjson)

# --- Check it
.PHONY: test lint test-service test-matrix bench
test: node_modules/.package-lock.json ## Everything that can run here; closes with one line of counts
	@scripts/test $(SUITES)

lint: node_modules/.package-lock.json ## Format, types, generated documents
	@scripts/lint

test-service: node_modules/.package-lock.json .cache/schemathesis/installed ## The service, the seeder, the database's launcher
	@node scripts/with-mongodb.ts -- node scripts/tap-suite.ts --lines 95 $(SERVICE_TESTS)

test-matrix: node_modules/.package-lock.json .cache/schemathesis/installed ## The service's tests on each Node that is supported
	@scripts/test-matrix $(SERVICE_TESTS)

bench: node_modules/.package-lock.json ## Measure the service beside the plainest handler
	@node scripts/with-mongodb.ts -- node service/bench/run.ts

# Where there is no Python, the tests that want this say so and are skipped.
.cache/schemathesis/installed: tools/schemathesis.txt
	@mkdir -p $(@D)
	@if python3 -m venv $(@D) && $(@D)/bin/pip install -q -r $<; then touch $@; else echo 'no Schemathesis: it needs python3 with venv'; fi

# --- Keep it
.PHONY: docs format clean
docs: node_modules/.package-lock.json ## Write the generated documents and the README's picture
	@node scripts/generate-docs.ts
	@SCREENSHOT=docs/images/docs.png node scripts/with-mongodb.ts -- node service/test/browser/docs.test.ts >/dev/null

format: node_modules/.package-lock.json ## Format the sources
	@biome check --write

clean: ## Remove everything that is not in git, the data of `make run` included
	rm -rf node_modules .cache .run .tap coverage dist

# --- Deploy it
.PHONY: tools test-charts generate verify bootstrap delete
tools: ## Install the pinned command-line tools into .cache/tools
	@tools/install >/dev/null

test-charts: node_modules/.package-lock.json tools ## Charts, environments and, with a cluster, their releases
	@TAP_TIMEOUT=900 node scripts/tap-suite.ts test/charts/*.test.ts

generate: node_modules/.package-lock.json tools ## Write what is derived of the charts: schemas, tables, golden renders
	@node scripts/generate-charts.ts

verify: node_modules/.package-lock.json tools ## Fail when something derived is not up to date
	@node scripts/generate-charts.ts --check

bootstrap: node_modules/.package-lock.json ## Bring everything up on a local cluster (ARGUMENTS='--provider minikube')
	@scripts/cluster up $(ARGUMENTS)

delete: ## Remove that cluster
	@scripts/cluster delete $(ARGUMENTS)

# --- GitOps
.PHONY: argocd test-gitops
argocd: ## Hand the cluster to Argo CD for an environment (ENV=staging)
	@scripts/argocd $(ENV)

test-gitops: node_modules/.package-lock.json tools ## Argo CD: the same renders as helmfile and, with a cluster, reconciliation
	@tools/install argocd >/dev/null
	@node tools/schemas.ts
	@TAP_TIMEOUT=900 node scripts/tap-suite.ts test/gitops/*.test.ts

# --- Ship it
.PHONY: images run-docker test-images test-ci release audit scan push sign push-charts promote upload-coverage wait-for-mongodb
# Where images go on Docker Hub, and where `make images` leaves them.
export NAMESPACE ?= example
export IMAGES_FOLDER ?= .cache/images
# Of CircleCI: the release that a tag's pipeline makes.
export RELEASE ?= $(CIRCLE_TAG)

images: node_modules/.package-lock.json ## Build the images and print their sizes (ENGINE=docker, podman or buildah)
	@scripts/images

run-docker: ## Run the whole system by compose
	docker compose up --build --detach --wait
	@echo 'http://127.0.0.1:$(or $(PORT),8080)/docs'

test-images: node_modules/.package-lock.json ## What is in the images, and how they run: read-only, nobody, no capability
	@tools/install python >/dev/null
	@scripts/test-images

test-ci: node_modules/.package-lock.json ## The pipeline's configuration, compose, Renovate and the scripts that publish
	@tools/install python gitleaks crane helm4 >/dev/null
	@TAP_TIMEOUT=600 node scripts/tap-suite.ts test/ci/*.test.ts

release: ## Make a release from CHANGELOG.md (VERSION=1.2.3); pushing the tag publishes it
	@scripts/release $(VERSION)

audit: node_modules/.package-lock.json ## Known vulnerabilities and signatures of the dependencies
	@node scripts/audit.ts

scan: node_modules/.package-lock.json
	@scripts/scan
push:
	@scripts/push
sign:
	@scripts/sign
push-charts:
	@scripts/push-charts
promote:
	@scripts/promote digests $(ENV)
upload-coverage:
	@scripts/upload-coverage
wait-for-mongodb: node_modules/.package-lock.json
	@node scripts/wait-for-mongodb.ts
