# SPDX-License-Identifier: ISC
# banger: one flat makefile.  `make help` lists the targets; V=1 shows whole
# command lines; MODE=release|debug|asan|tsan picks the build, each in its own
# build/MODE/.  The programs of the release build are in build/bin/.

.DEFAULT_GOAL := all
SHELL := /bin/bash
MODE ?= release
V ?= 0
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

OUT := build/$(MODE)
BIN := $(if $(filter release,$(MODE)),build/bin,$(OUT)/bin)
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# ---- flags -----------------------------------------------------------------

WARN := -Wall -Wextra -Wshadow -Wundef -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wvla \
	-Wpointer-arith -Wwrite-strings -Wcast-qual -Wlogical-op \
	-Wduplicated-cond -Wnull-dereference -Wimplicit-fallthrough
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-fPIE
FLAGS_release := -O2 -D_FORTIFY_SOURCE=2 $(HARDEN)
FLAGS_debug := -O1 -fno-omit-frame-pointer -Werror $(HARDEN)
FLAGS_asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
FLAGS_tsan := -O1 -fno-omit-frame-pointer -fsanitize=thread
LINK_release := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LINK_debug := $(LINK_release)
LINK_asan := -fsanitize=address,undefined
LINK_tsan := -fsanitize=thread
ifeq ($(FLAGS_$(MODE)),)
$(error MODE=$(MODE) is not one of release, debug, asan, tsan)
endif

CC ?= gcc
CPPFLAGS += -D_GNU_SOURCE -Ilib -DBANGER_VERSION='"$(VERSION)"'
CFLAGS_ALL = -std=gnu11 -g -pthread $(WARN) $(FLAGS_$(MODE)) \
	$(if $(CI),-Werror) $(CFLAGS)
LDFLAGS_ALL = -pthread $(LINK_$(MODE)) $(LDFLAGS)

# ---- what is built of what ---------------------------------------------------

# Libraries, lowest first: each may include those before it.
LIBS := base wire trace
# Each program's folder, its libraries, and what it links.
PROGRAMS := bangerd banger-helper banger bangerlog bangertop
DIR_bangerd := daemon
DIR_banger-helper := helper
DIR_banger := cli
DIR_bangerlog := bangerlog
DIR_bangertop := bangertop
OWN_bangerd := wire base
OWN_banger-helper := wire base
OWN_banger := wire base
OWN_bangerlog := trace wire base
OWN_bangertop := trace wire base
LINK_trace := -ljansson -lsqlite3 -lsystemd -lzstd -lz -lpcre2-8
LINK_bangerd := -ljansson -lsqlite3 -lcurl
LINK_banger-helper := -ljansson -lnftables -lseccomp -lext2fs \
	-lcom_err
LINK_banger := -ljansson -lpcre2-8
LINK_bangerlog := $(LINK_trace)
LINK_bangertop := $(LINK_trace) -lncursesw -ltinfo

objs = $(patsubst %.c,$(OUT)/%.o,$(sort $(wildcard $(1)/*.c)))
archive = $(OUT)/lib$(1).a
BINS := $(PROGRAMS:%=$(BIN)/%)
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNITS := $(UNIT_SRC:tests/unit/%.c=$(OUT)/unit/%)
SOURCES := $(sort $(wildcard lib/*/*.c daemon/*.c helper/*.c cli/*.c \
	bangerlog/*.c bangertop/*.c tests/*/*.c bench/*.c))
HEADERS := $(sort $(wildcard lib/*/*.h daemon/*.h helper/*.h cli/*.h \
	bangerlog/*.h bangertop/*.h tests/*/*.h bench/*.h))
TABLES := $(sort $(wildcard lib/*/*.def bangertop/*.def daemon/*.def))

.PHONY: all deps demo check unit run lint headers asan bench fuzz format \
	install clean help docs docs-check image
.SECONDARY:
.DELETE_ON_ERROR:

## all: the five programs, into build/bin/
all: $(BINS)
	@:

define library
$(call archive,$(1)): $(call objs,lib/$(1))
	$(call say,AR,$$@)
	$(Q)rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach l,$(LIBS),$(eval $(call library,$(l))))

define program
$(BIN)/$(1): $(call objs,$(DIR_$(1))) $(foreach l,$(OWN_$(1)),$(call archive,$(l)))
	$(call say,LINK,$$@)
	$(Q)mkdir -p $$(@D) && $(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $(LINK_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(OUT)/%.o: %.c Makefile
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# A table that is turned into a string: lib/trace/schema.sql.
$(OUT)/lib/trace/store_schema.o: $(OUT)/gen/schema_sql.h
$(OUT)/lib/trace/store_schema.o: CPPFLAGS += -I$(OUT)/gen
$(OUT)/gen/schema_sql.h: lib/trace/schema.sql
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D) && sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $< >$@

-include $(patsubst %.c,$(OUT)/%.d,$(SOURCES))

## deps: install the Debian packages of packaging/deps.list that are missing
deps:
	$(Q)packaging/deps.sh

# ---- running -----------------------------------------------------------------

IMAGE := build/image/tiny

## image: the tiny guest image, from Debian's own packages
image: $(IMAGE)/image.json
	@:
$(IMAGE)/image.json: packaging/image/build-tiny.sh $(wildcard packaging/image/*)
	$(call say,IMAGE,$(IMAGE))
	$(Q)packaging/image/build-tiny.sh $(IMAGE)

## demo: boot a real VM through both daemons and trace that operation
demo:
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory all image
	$(Q)BANGER_BIN=$(abspath $(BIN)) BANGER_IMAGE=$(abspath $(IMAGE)) \
		tests/demo.sh

## check: unit tests, then the end-to-end tests (T=name: only those that match)
check:
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory all units image
	$(Q)MODE=$(MODE) BANGER_BIN=$(abspath $(BIN)) OUT=$(abspath $(OUT)) \
		BANGER_IMAGE=$(abspath $(IMAGE)) tests/run.sh $(T)

## check-debian: builds the debian image, boots it, and logs in (minutes)
.PHONY: check-debian
check-debian: all units
	$(Q)BANGER_BIN=$(abspath $(BIN)) OUT=$(abspath $(OUT)) \
		bash tests/long/debian.sh

## check-perfetto: trace events in TRACE_PROCESSOR, Perfetto's own importer
.PHONY: check-perfetto
check-perfetto: all
	$(Q)TRACE_PROCESSOR='$(TRACE_PROCESSOR)' \
		BANGER_BIN=$(abspath $(BIN)) bash tests/long/perfetto.sh

## node: what the tests read OTLP exports with, from npm into build/node
.PHONY: node
node: build/node/.installed
build/node/.installed: tests/node/package.json
	$(call say,NPM,build/node)
	$(Q)mkdir -p $(@D) && cp $< $(@D) && \
		npm install --prefix $(@D) --silent --ignore-scripts \
		--no-audit --no-fund --no-package-lock && touch $@

TOOLS := $(OUT)/tests/tools/rpc_raw $(OUT)/tests/tools/rpc_latency \
	$(OUT)/tests/tools/hostile \
	$(OUT)/tests/tools/when $(OUT)/tests/tools/stream_writer \
	$(OUT)/tests/fuzz/pty_top $(OUT)/tests/tools/fake_firecracker \
	$(OUT)/tests/tools/fake_daemon $(OUT)/tests/tools/ext4_mutate \
	$(OUT)/tests/tools/races $(OUT)/tests/tools/fault_proxy \
	$(OUT)/tests/tools/fake_qemu $(OUT)/tests/tools/fault_writes.so \
	$(OUT)/tests/tools/die_at.so
.PHONY: units
units: $(UNITS) $(TOOLS)
$(OUT)/unit/%: $(OUT)/tests/unit/%.o $(OUT)/unit/.extra \
		$(foreach l,trace wire base,$(call archive,$(l)))
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(UNIT_OBJS_$*) \
		$(filter %.a,$^) $(LINK_trace) $(LINK_$*) -lcmocka
$(OUT)/unit/.extra:
	$(Q)mkdir -p $(@D) && touch $@
LINK_test_firecracker := -lcurl
# Modules of a program that a unit test looks at.
unit_with = $(eval UNIT_OBJS_$(1) := $(2:%=$(OUT)/%.o))$(eval \
	$(OUT)/unit/$(1): $(2:%=$(OUT)/%.o))
$(call unit_with,test_helper_check,helper/check helper/check_key \
	helper/check_ports)
$(call unit_with,test_hosts_edit,helper/hosts_edit)
LINK_test_confine := -lseccomp
$(call unit_with,test_confine,helper/confine helper/confine_caps)
$(call unit_with,test_cgroup,helper/cgroup)
$(call unit_with,test_qmp,daemon/qmp)
$(call unit_with,test_agent,daemon/agent)
$(call unit_with,test_firecracker,daemon/firecracker daemon/vmm_firecracker)
$(OUT)/unit/test_firecracker: $(OUT)/tests/tools/fake_firecracker
$(call unit_with,test_pool,daemon/pool)
$(call unit_with,test_progress,cli/progress)
$(call unit_with,test_copy,daemon/copy)
STATE := state state_vm state_image state_op state_snapshot state_history \
	image vm copy ports
$(call unit_with,test_state,$(STATE:%=daemon/%))
$(call unit_with,test_state_older,$(STATE:%=daemon/%))
$(call unit_with,test_history,daemon/history)
$(call unit_with,test_vm_spec,daemon/vm_spec daemon/ports)
$(call unit_with,test_conf,daemon/config)
$(call unit_with,test_dns,daemon/dns)
$(call unit_with,test_priv,daemon/priv daemon/config)
$(call unit_with,test_redact,bangerlog/redact bangerlog/redact_find)
TOP_MODEL := model model_keys model_open model_rows model_sort lines row judge stats figures
$(call unit_with,test_model,$(TOP_MODEL:%=bangertop/%))
$(call unit_with,test_model_select,$(TOP_MODEL:%=bangertop/%))
$(call unit_with,test_stats,bangertop/stats)
$(call unit_with,test_top_cancel,bangertop/cancel)
# All of it but what needs a terminal.
TOP_PARTS := $(filter-out bangertop/main bangertop/app bangertop/crash \
	bangertop/screen_curses,$(patsubst %.c,%,$(wildcard bangertop/*.c)))
$(call unit_with,test_top_parts,$(TOP_PARTS))
$(call unit_with,test_ui,$(TOP_PARTS))
$(call unit_with,test_screens,$(TOP_PARTS))

## asan: the whole of check under ASan and UBSan
asan:
	$(Q)$(MAKE) --no-print-directory MODE=asan check

## bench: what a log line costs, and indexing beside other tools (OPS=20000)
bench: all $(OUT)/bench/bench_logger $(OUT)/bench/gen_corpus bench-top
	$(Q)$(OUT)/bench/bench_logger
	$(Q)export BANGER_BIN=$(BIN) GEN_CORPUS=$(OUT)/bench/gen_corpus; \
		bench/ingest.sh && bench/query.sh && \
		bench/journal.sh && bench/follow.sh

## bench-virsh: listing and starting VMs, beside libvirt
.PHONY: bench-virsh
bench-virsh: all units image
	$(Q)BANGER_BIN=$(abspath $(BIN)) BANGER_IMAGE=$(abspath $(IMAGE)) \
		OUT=$(abspath $(OUT)) bench/virsh.sh

## bench-top: what bangertop costs, and how soon it answers
.PHONY: bench-top
bench-top: all $(OUT)/bench/bench_top $(OUT)/bench/gen_corpus
	$(Q)BANGER_BIN=$(BIN) GEN_CORPUS=$(OUT)/bench/gen_corpus \
		BENCH_TOP=$(OUT)/bench/bench_top bench/top.sh

## bench-daemon: a ping's round trip beside 10,000 connections, 32 operations
.PHONY: bench-daemon
bench-daemon: all $(OUT)/bench/bench_daemon
	$(Q)BANGER_BIN=$(abspath $(BIN)) BENCH_DAEMON=$(OUT)/bench/bench_daemon \
		bench/daemon.sh
$(OUT)/bench/%: $(OUT)/bench/%.o $(call archive,wire) $(call archive,base)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ -ljansson

## coverage-helper: every branch of the helper's validators, by their unit test
.PHONY: coverage-helper
coverage-helper:
	$(Q)tests/coverage.sh build/coverage

## fuzz: libFuzzer on the line reader and the RPC (SECONDS_EACH=60)
fuzz:
	$(Q)tests/fuzz/run.sh $(or $(SECONDS_EACH),60)

## fuzz-top: random keys, resizes and signals at bangertop (ACTIONS=1000000)
.PHONY: fuzz-top
fuzz-top:
	$(Q)$(MAKE) --no-print-directory MODE=asan \
		build/asan/bin/bangertop build/asan/tests/fuzz/pty_top
	$(Q)dir=$$(mktemp -d) && trap 'rm -rf '$$dir EXIT && \
		build/asan/tests/fuzz/pty_top build/asan/bin/bangertop $$dir/log \
		$(or $(ACTIONS),1000000) $(or $(SEED),1)
$(OUT)/tests/fuzz/pty_top: $(OUT)/tests/fuzz/pty_top.o $(call archive,base)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^

## kills: the long form of the kill test: 200 kills while indexing
.PHONY: kills
kills: all
	$(Q)KILLS=200 BANGER_BIN=$(abspath $(BIN)) bash tests/run/l010_killed.sh

# Preloaded, so they are no programs.
$(OUT)/tests/tools/fault_writes.so $(OUT)/tests/tools/die_at.so: \
		$(OUT)/tests/tools/%.so: tests/tools/%.c
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -std=gnu11 -g -O1 $(WARN) \
		-shared -fPIC -o $@ $< -ldl

## kills-daemon: bangerd and its helper killed (KILLS=200 SEED= TARGETS=daemon)
.PHONY: kills-daemon
kills-daemon: all units image
	$(Q)KILLS=$(or $(KILLS),200) $(if $(SEED),SEED=$(SEED)) \
		TARGETS="$(or $(TARGETS),daemon helper)" BUILD=$(abspath $(OUT)) \
		BANGER_BIN=$(abspath $(BIN)) BANGER_IMAGE=$(abspath $(IMAGE)) \
		bash tests/run/d040_kills.sh

## faults: the whole fault matrix of the daemon (PART=1/4: a quarter of it)
.PHONY: faults
faults: all units image
	$(Q)FAULTS=all PART=$(or $(PART),1/1) BUILD=$(abspath $(OUT)) BANGER_BIN=$(abspath $(BIN)) \
		BANGER_IMAGE=$(abspath $(IMAGE)) \
		bash tests/run/d041_faults.sh

## threads: bangerd under ThreadSanitizer, with many clients at once
.PHONY: threads
threads: all
	$(Q)$(MAKE) --no-print-directory MODE=tsan build/tsan/bin/bangerd
	$(Q)BANGER_BIN=$(abspath $(BIN)) tests/long/threads.sh \
		$(abspath build/tsan/bin/bangerd)

## race: the long form of the races against the helper, and of damaged disks
.PHONY: race race-names race-disks race-requests
race:
	$(Q)$(MAKE) --no-print-directory race-names
	$(Q)$(MAKE) --no-print-directory race-disks
	$(Q)$(MAKE) --no-print-directory race-requests
race-names race-disks race-requests: export BUILD = $(abspath $(OUT))
race-names race-disks race-requests: export BANGER_BIN = $(abspath $(BIN))
race-names: all units
	$(Q)SWAPS=1000000 PIDS=100000 bash tests/run/h005_races.sh
race-disks: all units
	$(Q)for seed in $(or $(SEEDS),1 2 3 4); do MUTATIONS=25000 SEED=$$seed \
		bash tests/run/h004_work_disk.sh || exit; done
race-requests: all units
	$(Q)FDS=10000 bash tests/run/h002_hostile_requests.sh
# All of the helper but its main().
$(OUT)/tests/tools/races: $(OUT)/tests/tools/races.o \
		$(filter-out %/main.o,$(call objs,helper)) \
		$(call archive,wire) $(call archive,base)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LINK_banger-helper)

## storm: a million lines through a journald that rotates, vacuums and stops
.PHONY: storm storm-rotated storm-stopped
storm:
	$(Q)$(MAKE) --no-print-directory storm-rotated
	$(Q)$(MAKE) --no-print-directory storm-stopped
storm-rotated: all units
	$(Q)BUILD=$(abspath $(OUT)) BANGER_BIN=$(abspath $(BIN)) \
		STORM_LINES=$(or $(LINES),1000000) bash tests/run/j008_storm.sh
storm-stopped: all units
	$(Q)BUILD=$(abspath $(OUT)) BANGER_BIN=$(abspath $(BIN)) \
		STOPPED_MS=60000 WORSE=2 bash tests/run/j009_journald_stopped.sh

# ---- keeping -----------------------------------------------------------------

## lint: formatting, cppcheck, include direction, headers compile alone
lint: headers
	$(call say,FORMAT,--dry-run)
	$(Q)clang-format --dry-run -Werror $(SOURCES) $(HEADERS)
	$(call say,LAYERS,)
	$(Q)tests/lint/layers.sh
	$(call say,UNITS,)
	$(Q)tests/lint/units.sh
	$(call say,PACKAGE,)
	$(Q)tests/lint/package.sh
	$(call say,CPPCHECK,)
	$(Q)cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability \
		--suppressions-list=tests/lint/cppcheck.txt -j2 \
		$(CPPFLAGS) $(filter-out tests/% bench/%,$(SOURCES))
	$(Q)$(MAKE) --no-print-directory docs-check

## headers: each header compiles on its own
headers:
	$(call say,HEADERS,)
	$(Q)printf '%s\n' $(HEADERS) | xargs -P2 -I{} $(CC) $(CPPFLAGS) \
		-std=gnu11 $(WARN) -Wno-unused-macros -Werror -fsyntax-only -x c {}

## format: rewrite all C files in the project's style
format:
	$(Q)clang-format -i $(SOURCES) $(HEADERS)

## docs: generate what docs/ and packaging/ have of the tables
docs: $(OUT)/tests/tools/gen_docs
	$(Q)$< events >docs/events.md && $< methods >docs/methods.md && \
		$< config >docs/config.md && \
		$< bangerd.conf >packaging/conf/bangerd.conf
docs-check: $(OUT)/tests/tools/gen_docs
	$(call say,DOCS,)
	$(Q)$< events | diff -u docs/events.md - && \
		$< methods | diff -u docs/methods.md - && \
		$< config | diff -u docs/config.md - && \
		$< bangerd.conf | diff -u packaging/conf/bangerd.conf -
$(OUT)/tests/tools/gen_docs: $(OUT)/daemon/config.o
$(OUT)/tests/tools/%: $(OUT)/tests/tools/%.o $(call archive,wire) $(call archive,base)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ -ljansson

$(OUT)/tests/tools/fake_firecracker: $(OUT)/tests/tools/fake_firecracker_api.o

compile_commands.json: Makefile $(SOURCES)
	$(call say,GEN,$@)
	$(Q)packaging/compile-commands.sh '$(CC) $(CPPFLAGS) $(CFLAGS_ALL)' \
		$(SOURCES) >$@
all: compile_commands.json

## man: the manual pages, into build/MODE/man/
.PHONY: man
man: all
	$(Q)packaging/man/build.sh $(BIN) $(OUT)/man

## install: programs, man pages, completion, units (DESTDIR, PREFIX)
install: all
	$(Q)PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' packaging/install.sh $(BIN)

## check-install: the package on a clean Debian, booted (root; minutes)
.PHONY: check-install
check-install: all image deb
	$(Q)BANGER_BIN=$(abspath $(BIN)) BANGER_IMAGE=$(abspath $(IMAGE)) \
		BANGER_DEB=$$(echo $(CURDIR)/build/deb/banger_*.deb) \
		bash tests/long/install.sh

## check-limits: a VM's limits, under a kernel that enforces them (root; minutes)
.PHONY: check-limits
check-limits: all image deb
	$(Q)BANGER_BIN=$(abspath $(BIN)) BANGER_IMAGE=$(abspath $(IMAGE)) \
		BANGER_DEB=$$(echo $(CURDIR)/build/deb/banger_*.deb) \
		bash tests/long/limits.sh

## uninstall: takes away what install made (DESTDIR, PREFIX)
.PHONY: uninstall
uninstall:
	$(Q)PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' packaging/uninstall.sh

## deb: a Debian package, into build/deb/ (needs debhelper)
.PHONY: deb
deb:
	$(Q)packaging/deb.sh build/deb $(VERSION)

## clean: remove build/
clean:
	$(Q)rm -rf build compile_commands.json

## help: this list
help:
	@sed -n 's/^## \([^:]*\): \(.*\)/  make \1\t\2/p' Makefile | \
		expand -t 18
