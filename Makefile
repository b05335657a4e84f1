# SPDX-License-Identifier: Apache-2.0
# Every target installs what it needs on Debian 12 (as root or with sudo) and says so. The work is in scripts/.
.DEFAULT_GOAL := build
.PHONY: build demo test test-unit test-tsan test-e2e test-console test-corpora test-interop bench fuzz mutants lint package soak servers clean help

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

build: ## the binary with its console, build/millrace
	@scripts/need build
	@scripts/build release millrace
	@ln -sfn release/millrace build/millrace

demo: build ## a small shop on a throwaway MariaDB, its changes arriving in a Kafka client
	@scripts/need servers demo
	@/usr/bin/python3 scripts/demo.py

test: test-unit test-tsan test-corpora test-e2e test-console ## everything but other languages' clients

test-unit: ## unit tests under ASan and UBSan
	@scripts/need build test
	@scripts/test unit

test-tsan: ## queues, coordinator, storage and task lifecycle under TSan
	@scripts/need build test
	@scripts/test tsan

test-corpora: ## every input that a fuzz target once found, replayed
	@scripts/need build fuzz
	@scripts/fuzz replay

test-e2e: build servers ## real servers and clients: E2E="-k name" for a part
	@scripts/need test
	@scripts/test e2e $(E2E)

test-console: build servers ## the console in Chromium, on a real service and MariaDB: CONSOLE="-g name" for a part
	@scripts/need test console
	@scripts/test console $(CONSOLE)

test-interop: build servers ## clients of other languages, each from its registry
	@scripts/need test interop
	@scripts/test interop

servers: ## fetches the test servers into the cache
	@scripts/need servers
	@/usr/bin/python3 -m tests.servers fetch mariadb-10.11 mysql-9 mysql-5.6

bench: build ## docs/performance.md, measured here: BENCH_SCALE=1 for the whole size
	@scripts/need servers bench
	@/usr/bin/python3 bench/run.py

fuzz: ## FUZZ_SECONDS (60) for each fuzz target
	@scripts/need build fuzz
	@scripts/fuzz run

mutants: ## each guarantee's mutant must be caught by the test that it names
	@scripts/need build test servers
	@/usr/bin/python3 scripts/mutants.py $(MUTANTS)

lint: ## format, layers, leftovers, shellcheck, clang-tidy
	@scripts/need build lint
	@scripts/lint

package: build ## a Debian package in build/
	@scripts/need package
	@scripts/package

soak: build servers ## WHAT=oracle|kill|faults|ddl|far SECONDS=600
	@scripts/need test
	@/usr/bin/python3 -m tests.soak $(or $(WHAT),oracle) --seconds $(or $(SECONDS),600)

clean:
	rm -rf build
