# Targets and prerequisites are relative paths, because make splits absolute ones at spaces in the
# path of the checkout.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The checkout's tools come first, so that everything uses the Node pinned in package.json.
export PATH := $(CURDIR)/build/tools:$(CURDIR)/node_modules/.bin:$(PATH):/usr/sbin:/sbin
NODE := node_modules/.bin/node

C_FILES = $(shell find bpf deploy lab test trials bench -name '*.[ch]')
# All objects are directly in build/bpf, regardless of the source's directory.
CAPTURES := $(shell find bpf -name '*.bpf.c')
HEADERS := $(shell find bpf -name '*.h')
vpath %.bpf.c $(sort $(dir $(CAPTURES)))
# These objects are built twice; the second variant stores connections by socket address
# (bpf/flow/connection-store.h). Every table is also built in a paged variant (bpf/lib/tables.h).
BY_ADDRESS := flow net connection.iter
OBJECTS := $(patsubst %.c,build/bpf/%.o,$(notdir $(CAPTURES))) \
	$(BY_ADDRESS:%=build/bpf/%.by-address.bpf.o) \
	$(patsubst %.bpf.c,build/bpf/%.by-page.bpf.o,$(notdir $(filter %.iter.bpf.c,$(CAPTURES))))
SHIPPED := $(filter-out %/wire.bpf.o,$(OBJECTS)) # holds only types, never loaded
SOURCES := $(filter-out %.test.ts,$(shell find src -name '*.ts'))

# -mcpu=v3: 32-bit jumps and fetching atomics (clang 14, Linux 5.12). -g: BTF is derived from DWARF.
# The compilation directory is fixed, so that objects are identical wherever they are built. The
# hook determines a program's parameters, so some are unused.
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -fdebug-compilation-dir=. \
	-Wall -Wextra -Wno-unused-parameter -Werror -Ibpf -I/usr/include/$(shell uname -m)-linux-gnu

.PHONY: help
help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | \
		while IFS=$$'\t' read -r target what; do printf '  make %-13s %s\n' "$$target" "$$what"; done

.PHONY: build
build: setup-run dist/vigia.mjs dist/bpf/.stamp dist/licenses.txt dist/sbom.cdx.json ## Install missing tools and packages, then build dist/, the files that ship

.PHONY: run
run: setup-run build ## Load the programs and serve metrics until Ctrl-C
	@tools/install/vigia-user.sh
	@exec tools/as-root.sh bin/vigia run

.PHONY: test
test: ## Run all tests except the longest, on real kernels and with a real Prometheus
	@exec tools/test.sh --project '!cluster' --project '!long'

.PHONY: test-long
test-long: ## Run the tests that take several minutes each, such as long attacks
	@exec tools/test.sh --project long

.PHONY: test-cluster
test-cluster: ## Run the chart's tests on a real Kubernetes cluster, with both cgroup drivers
	@exec tools/test.sh --project 'cluster*'

.PHONY: bench
bench: setup-run build ## Print what counting, mining detection, reading and serving cost
	@exec tools/as-root.sh $(NODE) bench/main.ts

.PHONY: bench-mining
bench-mining: ROUNDS ?= 4
bench-mining: setup-bench build ## Print what is detected for emulated miners and for harmless programs
	@exec tools/as-root.sh $(NODE) trials/mining/main.ts $(ROUNDS)

.PHONY: demo
demo: setup-demo build ## Start some workloads, show their rows, then remove everything
	@exec tools/as-root.sh $(NODE) tools/demo/demo.ts

# For packages: writes only below DESTDIR.
PREFIX ?= /usr/local
INSTALLED := env PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)'
AS_INSTALLER = $(if $(DESTDIR),,tools/as-root.sh)

.PHONY: install
install: setup-run build ## Install below PREFIX=/usr/local and start with systemd; run again to upgrade
	@exec $(AS_INSTALLER) $(INSTALLED) tools/install/install.sh

.PHONY: uninstall
uninstall: ## Stop and remove the installation, including the loaded programs
	@exec $(AS_INSTALLER) $(INSTALLED) tools/install/uninstall.sh

.PHONY: fuzz
fuzz: N ?= 1000000
fuzz: setup-run build ## Run N=1000000 malformed packets through the programs, without attaching them
	@exec tools/as-root.sh $(NODE) tools/fuzz.ts $(N)

.PHONY: image
image: IMAGE ?= vigia:$(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' package.json)
image: ## Build the container image IMAGE=vigia:<version> with docker, podman or buildah
	@exec tools/image.sh $(IMAGE) $(IMAGE_FLAGS)

.PHONY: bpf
bpf: $(OBJECTS) ## Compile bpf/ and print the instruction count of each program
	@tools/instructions.sh $(SHIPPED)

.PHONY: gen
gen: setup-run $(OBJECTS) ## Regenerate all generated files from BTF, proto/, the code, the chart and npm
	@tools/setup/helm.sh
	@$(NODE) tools/gen/main.ts $(CHECK)

# Releases of clang-format differ. 14 is the one in Debian 12.
.PHONY: check
check: setup-test ## Check format, lint, types, generated files, licenses and known vulnerabilities
	@biome ci --colors=off .
	@tsc
	@case "$$(clang-format --version)" in \
		*version\ 14.*) clang-format --dry-run -Werror $(C_FILES) ;; \
		*) echo 'The format of C files was not checked, because this needs clang-format 14.' ;; \
	esac
	@$(MAKE) gen CHECK=--check
	@$(NODE) tools/licenses.ts
	@$(NODE) tools/audit.ts --or-say-so

.PHONY: audit
audit: setup ## Fail on known vulnerabilities in shipped packages, or if npm's registry does not respond
	@$(NODE) tools/audit.ts

.PHONY: clean
clean: ## Delete everything built or installed in this directory
	rm -rf build dist node_modules

.PHONY: setup setup-run setup-demo setup-test setup-bench
setup:
	@tools/setup/setup.sh build
setup-run: setup
	@tools/setup/setup.sh run
setup-demo: setup-run
	@tools/setup/setup.sh demo
setup-test: setup-run
	@tools/setup/setup.sh test
setup-bench: setup-test
	@tools/setup/setup.sh bench

define compile-bpf
	@mkdir -p $(@D)
	@echo '  clang $@'
	@clang $(BPF_CFLAGS) $(1) -c $< -o $@
	@llvm-strip -g $@
endef

build/bpf/%.bpf.o: %.bpf.c $(HEADERS) | setup
	$(call compile-bpf)

build/bpf/%.by-address.bpf.o: %.bpf.c $(HEADERS) | setup
	$(call compile-bpf,-DCONNECTIONS_BY_ADDRESS)

build/bpf/%.by-page.bpf.o: %.bpf.c $(HEADERS) | setup
	$(call compile-bpf,-DTABLES_BY_PAGE -DCONNECTIONS_BY_ADDRESS)

dist/vigia.mjs: $(SOURCES) rolldown.config.ts package.json package-lock.json | setup
	@echo '  rolldown $@'
	@rolldown --config rolldown.config.ts --log-level warn >/dev/null

dist/licenses.txt: package-lock.json tools/licenses.ts tools/lock-file.ts | setup
	@mkdir -p $(@D)
	@echo '  licenses $@'
	@$(NODE) tools/licenses.ts $@

dist/sbom.cdx.json: deploy/image/sbom.cdx.json
	@mkdir -p $(@D)
	@cp $< $@

dist/bpf/.stamp: $(SHIPPED)
	@rm -rf $(@D) && mkdir -p $(@D)
	@$(if $(SHIPPED),cp $(SHIPPED) $(@D))
	@touch $@
