# nurture - email nurture campaigns for recruiting teams
#
#   make            build ./nurture
#   make demo       install what is missing, build, run the demo to its end
#   make check      install what is missing, build, run all tests
#   make check-mta  the same against real mail servers (root, disposable machine)
#   make faults     break things on purpose; writes docs/RELIABILITY.md
#   make asan tsan lint fuzz bench install deps clean

.DEFAULT_GOAL := nurture
.DELETE_ON_ERROR:
.SUFFIXES:

BUILD    ?= build
PREFIX   ?= /usr/local
ifeq ($(origin CC),default)
CC       := gcc
endif
OPT      ?= -O2 -D_FORTIFY_SOURCE=3
SANITIZE ?=
WERROR   ?=
# V=1 shows the commands.
V        ?=
say       = @$(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '  %-4s %s\n' $(1) $@)
Q         = $(if $(V),,@)

# What Debian 12 calls the libraries and tools. `make deps` installs those
# that are missing; it never installs a mail server.
DEPS_BUILD = gcc libc6-dev make pkg-config libesmtp-dev libgmime-3.0-dev \
             libsqlite3-dev libpcre2-dev libcmark-dev libssl-dev \
             libmicrohttpd-dev libyaml-dev libidn2-dev \
             libcurl4-openssl-dev tzdata
DEPS_CHECK = python3 python3-dkim python3-nacl opendkim-tools perl sqlite3 curl \
             ca-certificates procps binutils libicu72 chromium chromium-driver
DEPS_LINT  = clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev \
             cppcheck shellcheck mandoc

PKGS = gmime-3.0 glib-2.0 gio-2.0 sqlite3 libpcre2-8 libcmark libesmtp-1.0 \
       libcrypto libssl libmicrohttpd yaml-0.1 libidn2 libcurl
ifneq ($(shell command -v pkg-config),)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
endif

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wundef \
       -Wformat=2 -Wvla -Wnull-dereference -Wdouble-promotion \
       -Wimplicit-fallthrough -Wswitch-enum -Wconversion \
       -Wno-missing-field-initializers
WARN_GCC = -Wlogical-op -Wduplicated-cond -Wduplicated-branches
HARDEN = -fstack-protector-strong -fstack-clash-protection -fcf-protection \
         -ftrivial-auto-var-init=zero -fno-common -fPIE
ifeq ($(findstring clang,$(CC)),)
WARN += $(WARN_GCC)
else
HARDEN += -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang \
          -Wno-unused-command-line-argument -Wno-gnu-folding-constant
endif

CPPFLAGS += -Iinclude -D_GNU_SOURCE -DGLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_74 \
            -DGLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_74 $(PKG_CFLAGS)
CFLAGS   ?= -g
ALL_CFLAGS = -std=gnu11 $(OPT) $(CFLAGS) $(WARN) $(WERROR) $(HARDEN) -pthread \
             $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
             -fno-omit-frame-pointer)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -pthread $(LDFLAGS) \
             $(if $(SANITIZE),-fsanitize=$(SANITIZE))
# libresolv: ns_initparse() and its kin
LIBS = $(PKG_LIBS) -lresolv -lm

STAGES = core templates mta campaigns tracking
LIB_SRC  := $(wildcard $(addsuffix /*.c,$(STAGES)))
CLI_SRC  := $(wildcard cli/*.c)
TEST_SRC := $(wildcard tests/test_*.c)
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o) $(BUILD)/embedded.o
CLI_OBJ  := $(CLI_SRC:%.c=$(BUILD)/%.o)
TEST_BIN := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)
TEST_SH  := $(sort $(wildcard tests/t[0-9]*.sh))

# Content a stage ships beside its code; see include/nurture/embedded.h.
EMBED := $(sort $(shell find templates/default campaigns/examples \
           campaigns/new tracking/data mta/data core/data campaigns/data -type f 2>/dev/null))

nurture: $(BUILD)/nurture
	@ln -sf $< $@

$(BUILD)/nurture: $(CLI_OBJ) $(BUILD)/libnurture.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDFLAGS) $(LIBS)

$(BUILD)/libnurture.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Not through a compiler cache: it would not see what .incbin takes in.
$(BUILD)/embedded.o: $(BUILD)/embedded.c $(EMBED)
	$(call say,CC)
	$(Q)CCACHE_DISABLE=1 $(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# Rewritten only when the list of files changes.
$(BUILD)/embedded.c: FORCE
	@mkdir -p $(@D)
	@sh core/embed.sh $(EMBED) > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(BUILD)/tests/%: tests/%.c $(BUILD)/libnurture.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -I. -MMD -MP -MF $@.d -o $@ $< \
	    $(BUILD)/libnurture.a $(ALL_LDFLAGS) $(LIBS)

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TEST_BIN:=.d)

.PHONY: fuzz-bins FORCE deps deps-lint demo check check-unit check-fast check-mta asan tsan tsan-run lint faults fuzz bench bench-fill bench-inbound bench-score bench-serve bench-size bench-match check-year \
        install man clean test-bins
FORCE:

deps:
	@sh tests/lib/deps.sh $(DEPS_BUILD) $(DEPS_CHECK)
deps-lint:
	@sh tests/lib/deps.sh $(DEPS_LINT)

demo: deps
	@$(MAKE) --no-print-directory -j"$$(nproc)" nurture
	./nurture demo --once --speed max

test-bins: $(TEST_BIN) $(BUILD)/tests/parse-mail
$(BUILD)/tests/parse-mail: tests/lib/parse-mail.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -o $@ $< $(ALL_LDFLAGS) $(LIBS)

check: deps
	@$(MAKE) --no-print-directory -j"$$(nproc)" nurture test-bins
	@$(MAKE) --no-print-directory check-fast
check-fast: nurture test-bins
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" prove -j"$$(nproc)" --timer --exec "sh tests/lib/run.sh" \
	    $(TEST_BIN) $(TEST_SH)

# Against real mail servers of Debian's, installed one after another on
# loopback and removed again: root, and NURTURE_DISPOSABLE=1.
check-mta: deps
	@$(MAKE) --no-print-directory nurture test-bins
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" prove --exec "sh tests/lib/run.sh" \
	    $(sort $(wildcard tests/mta/m*.sh))
# Kills, errors and bad servers by the table of docs/RELIABILITY.md, which the
# run writes. FAULTS_KILLS=10000 is a night's run.
FAULTS_KILLS ?= 200
faults: deps nurture test-bins
	@rm -f $(BUILD)/faults.tsv
	@status=0; FAULTS_KILLS=$(FAULTS_KILLS) FAULTS_RESULTS="$(CURDIR)/$(BUILD)/faults.tsv" \
	    NURTURE="$(CURDIR)/$(BUILD)/nurture" prove -j2 --exec "sh tests/lib/run.sh" \
	    $(sort $(wildcard tests/faults/f*.sh)) || status=$$?; \
	python3 tests/faults/table.py tests/faults/table.tsv $(BUILD)/faults.tsv \
	    "$$($(BUILD)/nurture --version | head -1)" >docs/RELIABILITY.md && exit $$status
# The made-up year of a company with 50,000 candidates; `make check` has 600.
check-year: nurture
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" YEAR_PEOPLE=50000 sh tests/t9100-year.sh
check-unit: test-bins
	@prove -j"$$(nproc)" --timer --exec "sh tests/lib/run.sh" $(TEST_BIN)

asan:
	@G_SLICE=always-malloc $(MAKE) --no-print-directory BUILD=build/asan \
	    OPT=-O1 SANITIZE=address,undefined check-unit

# Races, in the programs with threads. What GLib's locks order, tsan-glib says.
TSAN_TESTS ?= test_hits test_hit_machines test_http test_delivery
tsan:
	@$(MAKE) --no-print-directory BUILD=build/tsan OPT=-O1 SANITIZE=thread tsan-run
tsan-run: $(TSAN_TESTS:%=$(BUILD)/tests/%) $(BUILD)/tests/tsan-glib.so
	@TSAN_OPTIONS=die_after_fork=0 G_SLICE=always-malloc prove --timer \
	    --exec "env LD_PRELOAD=$(abspath $(BUILD)/tests/tsan-glib.so)" \
	    $(TSAN_TESTS:%=$(BUILD)/tests/%) :: --tap
$(BUILD)/tests/tsan-glib.so: tests/lib/tsan-glib.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(shell pkg-config --cflags glib-2.0) -shared -fPIC -O1 -o $@ $< -ldl -ltsan

# Only what the source says; nothing is built. See tests/lint-*.sh.
lint: deps-lint
	@prove --exec sh $(sort $(wildcard tests/lint-*.sh))

# One libFuzzer program per parser of strangers' bytes. FUZZ_SECONDS each.
FUZZ_SECONDS ?= 60
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/bin/%)
fuzz: deps deps-lint
	@$(MAKE) --no-print-directory BUILD=build/fuzz CC=clang-14 OPT=-O1 \
	    SANITIZE=fuzzer-no-link,address,undefined fuzz-bins
	@sh tests/lib/fuzz.sh $(FUZZ_SECONDS) $(FUZZ_BIN)
fuzz-bins: $(FUZZ_BIN)
build/fuzz/bin/%: tests/fuzz/%.c $(BUILD)/libnurture.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -I. -Itests -o $@ $< $(BUILD)/libnurture.a \
	    $(ALL_LDFLAGS) -fsanitize=fuzzer $(LIBS)

bench: nurture $(BUILD)/tests/test_dkim $(BUILD)/bench/fastsink $(BUILD)/bench/delay
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" sh tests/bench/run.sh
# Delivery by size of the outbox, and a segment over as many people; the
# million takes a quarter of an hour.
BENCH_SIZES ?= 10000 100000 1000000
bench-size: nurture $(BUILD)/bench/fastsink
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" python3 tests/bench/segment.py
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" python3 tests/bench/deliver.py $(BENCH_SIZES)
# Ranking a pool of PEOPLE (1,000,000 if not said) for a role.
bench-match: nurture
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" sh tests/bench/match.sh $(PEOPLE)
bench-score: nurture
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" sh tests/bench/score.sh
# BENCH_HITS=10000000: memory over so many; BENCH_SECONDS=5 a round
bench-serve: nurture
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" sh tests/bench/serve.sh

# Compiling mails and filling them for people, beside libcmark for each.
bench-fill: nurture $(BUILD)/bench/bench_fill
	@NURTURE="$(CURDIR)/$(BUILD)/nurture" sh tests/bench/fill.sh $(BUILD)/bench/bench_fill

# How fast received mail is read; a folder of mails in MAILS=, else our own.
bench-inbound: $(BUILD)/bench/bench_inbound
	@$< $(MAILS)
$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/libnurture.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -I. -o $@ $< $(BUILD)/libnurture.a \
	    $(ALL_LDFLAGS) $(LIBS)

# The manual, from the tables that the program runs on.
man: nurture
	@mkdir -p docs
	@$(BUILD)/nurture help --man > docs/nurture.1
	@$(BUILD)/nurture help --man settings > docs/nurture.yaml.5
	@for c in $$($(BUILD)/nurture help --commands); do \
	    $(BUILD)/nurture help --man $$c > docs/nurture-$$c.1 || exit 1; done

install: man
	install -D -m 755 $(BUILD)/nurture $(DESTDIR)$(PREFIX)/bin/nurture
	for m in docs/*.[1-8]; do install -D -m 644 $$m \
	    $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m##*/}; done

clean:
	rm -rf build nurture nurture-demo
