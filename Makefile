# filesonly: file access over SSH without a shell.
#
#   make            build (MODE=release|debug|asan, STATIC=0|1)
#   make demo       install what is missing, build, and show it working
#   make check      run every test
#   make help       the other targets
#
# Local settings (CC, PREFIX, WERROR ...) go into config.mk.

-include config.mk

MODE ?= release
B := build/$(MODE)

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/lib/filesonly
SYSCONFDIR ?= /etc/filesonly
MANDIR ?= $(PREFIX)/share/man
EXAMPLEDIR ?= $(PREFIX)/share/doc/filesonly/examples
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
PKG_CONFIG ?= pkg-config
VERSION := 0.1

# A new compiler's warnings never break a release build.
ifeq ($(CI),true)
WERROR ?= -Werror
endif

ifneq ($(V),1)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2);
endif

try = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null 2>/dev/null && echo $(1))

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 \
	-Wimplicit-fallthrough -Wswitch-enum -Wnull-dereference \
	$(call try,-Wduplicated-cond) $(call try,-Wlogical-op)
HARDEN := -fstack-protector-strong -fno-strict-aliasing \
	-fno-delete-null-pointer-checks -fno-common \
	$(call try,-fstack-clash-protection) \
	$(call try,-ftrivial-auto-var-init=zero) \
	$(call try,-fcf-protection=full) \
	$(call try,-fstrict-flex-arrays=3)
LINK := -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code

MODE_CFLAGS.release := -O2 -g -D_FORTIFY_SOURCE=3
MODE_CFLAGS.debug := -O0 -g3
MODE_CFLAGS.asan := -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
MODE_LDFLAGS.asan := -fsanitize=address,undefined
# For libFuzzer, with CC=clang: "make fuzz" sets both.
MODE_CFLAGS.fuzz := $(MODE_CFLAGS.asan) -fsanitize=fuzzer-no-link
MODE_LDFLAGS.fuzz := $(MODE_LDFLAGS.asan)

# Archives where there are any: as libraries to load each would cost every
# session a tenth of its start.
archive = $(or $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a)),$(shell \
	$(PKG_CONFIG) --libs $(1) 2>/dev/null || echo -l$(1)))
INIH_LIBS ?= $(call archive,inih)
NETTLE_LIBS ?= $(call archive,nettle)
LIBS := $(INIH_LIBS) $(NETTLE_LIBS)

# How filesonly is linked: statically where musl and the archives are there.
# The loader takes a fifth of a session of a dynamic program, and the start of
# glibc a quarter: it asks the CPU for its features, which a virtual machine
# makes dear. But no static program can ask every name service: filesonly-nss,
# its dynamic twin, begins anew in its place where that is needed. STATIC=1: the
# static one alone; STATIC=0: the dynamic one alone.
MUSL := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))-linux-musl
MUSL_INCLUDE ?= /usr/include/$(MUSL)
MUSL_LIBDIR ?= /usr/lib/$(MUSL)
STATIC_CFLAGS := -nostdinc -isystem $(MUSL_INCLUDE) \
	-isystem $(shell $(CC) -print-file-name=include)
STATIC_LDFLAGS := $(LINK) -static-pie -nostdlib $(MUSL_LIBDIR)/rcrt1.o \
	$(MUSL_LIBDIR)/crti.o $(LDFLAGS)
# The archives were made for glibc: libinih calls fopen64, and libnettle, where
# it is asked to say which CPU it found, __fprintf_chk. Nobody asks it here.
STATIC_LIBC := -Wl,--start-group $(MUSL_LIBDIR)/libc.a -lgcc -Wl,--end-group \
	-Wl,-u,fopen,--defsym,fopen64=fopen,--defsym,__fprintf_chk=0 \
	$(MUSL_LIBDIR)/crtn.o
links_statically = $(shell tools/links-statically $(CC) $(STATIC_CFLAGS) \
	$(HARDEN) -fPIE $(CFLAGS) $(STATIC_LDFLAGS) -o it it.c \
	$(INIH_LIBS) $(NETTLE_LIBS) $(STATIC_LIBC))
ifeq ($(STATIC),0)
B := build/$(MODE)-dynamic
else ifeq ($(STATIC),1)
B := build/$(MODE)-static
S := $(B)/static
else ifeq ($(MODE)$(links_statically),releaseyes)
S := $(B)/static
TWIN := $(B)/filesonly-nss
endif

# libnettle asks the CPU, too, before main, and again where the first digest
# finds that nobody has asked. A copy of its archive comes without that
# constructor.
OBJCOPY ?= objcopy
NETTLE_ARCHIVE := $(filter %/libnettle.a,$(LIBS))
ifneq ($(NETTLE_ARCHIVE),)
ifneq ($(shell $(AR) t $(NETTLE_ARCHIVE) 2>/dev/null | grep '^fat-'),)
NETTLE_COPY := $(B)/libnettle.a
LIBS := $(LIBS:%/libnettle.a=$(NETTLE_COPY))
endif
endif

ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -I. -Isrc -I$(B)/gen \
	-DFILESONLY_VERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"' \
	-include src/base/banned.h -MMD -MP \
	$(WARN) $(WERROR) $(HARDEN) -fPIE $(MODE_CFLAGS.$(MODE)) $(CFLAGS)
ALL_LDFLAGS := $(LINK) -pie $(MODE_LDFLAGS.$(MODE)) $(LDFLAGS)

LIB_SRCS := $(filter-out %/main.c %/account_files.c,$(sort $(wildcard \
	src/base/*.c src/core/*.c src/core/*/*.c src/gate/*.c \
	subsys/*.c subsys/*/*.c)))
LIB_OBJS := $(LIB_SRCS:%.c=$(B)/%.o)
LIB := $(B)/libfilesonly.a
STATIC_OBJS := $(if $(S),$(filter-out %/account.o,$(LIB_SRCS:%.c=$(S)/%.o)) \
	$(S)/src/core/account_files.o)
STATIC_LIB := $(if $(S),$(S)/libfilesonly.a)
UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
UNIT_PROGS := $(UNIT_SRCS:%.c=$(B)/%)
HELPER_SRCS := $(sort $(wildcard tests/bench/*.c tests/race/*.c \
	tests/fault/*.c tests/e2e/*.c))
SPEED_SRCS := $(sort $(wildcard tests/bench/drive/*.c))
SPEED := $(B)/tests/bench/sftp-speed
HELPER_PROGS := $(HELPER_SRCS:%.c=$(B)/%) $(SPEED)
TEST_LIBS_contain = $(shell $(PKG_CONFIG) --libs libseccomp)
TEST_LIBS_libssh_client := $(shell $(PKG_CONFIG) --libs libssh cmocka 2>/dev/null)
FUZZ_PROGS := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
GEN := $(if $(wildcard tools/mkfilters.c),$(B)/gen/filters.h)
MAIN := $(or $(S),$(B))/src/gate/main.o
ALL_OBJS := $(LIB_OBJS) $(STATIC_OBJS) $(B)/src/gate/main.o $(MAIN)

.PHONY: all demo check soak unit e2e fuzz fuzz-run lint format bench race \
	bare install uninstall clean help deps tests tidy
.DELETE_ON_ERROR:
.SECONDARY:

all: $(NETTLE_COPY) $(TWIN) $(B)/filesonly $(B)/rrsync $(B)/sftp-server

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed -n '1,8p'
	@printf '  make %-10s %s\n' \
	    unit "unit tests" \
	    e2e "end-to-end tests" \
	    lint "layers, reach, headers, format, manuals, scripts" \
	    tidy "clang-tidy over the sources" \
	    race "the long race test" \
	    soak "a directory of a million entries" \
	    fuzz "libFuzzer, FUZZ_SECONDS for each target" \
	    bench "speed, as ratios to the peers (BENCH=...)" \
	    bare "the two commands of README in a bare Debian" \
	    format "clang-format over the sources" \
	    deps "install the packages that build and tests need" \
	    install "under DESTDIR, PREFIX" \
	    uninstall "what install has put there" \
	    clean "remove build/"

# --- objects ---------------------------------------------------------------

$(B)/%.o: %.c | $(GEN)
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(ALL_CFLAGS) -c -o $@ $<

ifneq ($(S),)
# Beside musl's headers, and only these: the kernel's and the libraries'.
FOREIGN := linux/types.h asm-generic/types.h asm/types.h nettle/sha2.h ini.h
$(S)/include:
	$(Q)$(if $(filter 1,$(STATIC)),$(if $(links_statically),,$(error \
	    STATIC=1 needs musl (musl-dev), libinih.a and libnettle.a)))\
	rm -rf $@.new && mkdir -p $@.new && for header in $(FOREIGN); do \
	    at=$$(echo "#include <$$header>" | $(CC) $(CFLAGS) -x c -M - | \
		tr -s ' ' '\n' | grep "/$$header\$$") && \
	    ln -s "$${at%/$$header}/$${header%%/*}" $@.new || exit; \
	done && mv $@.new $@

$(S)/%.o: %.c | $(GEN) $(S)/include
	@mkdir -p $(@D)
	$(call say,CC,"$< (static)") $(CC) $(STATIC_CFLAGS) \
	    -idirafter $(S)/include $(ALL_CFLAGS) -c -o $@ $<

$(STATIC_LIB): $(STATIC_OBJS) | $(NETTLE_COPY)
	$(call say,AR,$@) rm -f $@ && $(AR) rcs $@ $^
endif

$(NETTLE_COPY): $(NETTLE_ARCHIVE)
	@mkdir -p $(@D)
	$(call say,OBJCOPY,$@) $(OBJCOPY) -R '.init_array*' -R '.ctors*' $< $@

# Who links with it links with the copy, too.
$(LIB): $(LIB_OBJS) | $(NETTLE_COPY)
	$(call say,AR,$@) rm -f $@ && $(AR) rcs $@ $^

SANITIZED := $(if $(findstring sanitize,$(MODE_CFLAGS.$(MODE))),$(B)/tests/sanitized.o)
link_main = $(if $(S),$(CC) $(STATIC_LDFLAGS) -o $@ $^ $(LIBS) $(STATIC_LIBC), \
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS))
$(B)/filesonly: $(MAIN) $(SANITIZED) $(or $(STATIC_LIB),$(LIB)) | $(TWIN)
	$(call say,LINK,$@) $(link_main)

$(B)/filesonly-nss: $(B)/src/gate/main.o $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/rrsync $(B)/sftp-server: $(B)/filesonly
	$(Q)ln -sf filesonly $@

# The seccomp filters are compiled by libseccomp here, not in each session.
$(B)/mkfilters: tools/mkfilters.c
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<) $(CC) -std=c11 -D_GNU_SOURCE -O1 $(WARN) \
	    -o $@ $< $(shell $(PKG_CONFIG) --cflags --libs libseccomp)

$(B)/gen/filters.h: $(B)/mkfilters
	@mkdir -p $(@D)
	$(call say,GEN,$@) $< $(if $(findstring sanitize,$(MODE_CFLAGS.$(MODE))),sanitized) >$@

# --- tests -----------------------------------------------------------------

# The same by musl, to compare what both say.
LIBC_SAYS := $(if $(S),$(B)/tests/e2e/libc-says-static)

tests: $(NETTLE_COPY) $(UNIT_PROGS) $(HELPER_PROGS) $(FUZZ_PROGS) $(LIBC_SAYS)

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) \
	    $$($(PKG_CONFIG) --libs cmocka) $(TEST_LIBS_$*)

$(B)/tests/%: $(B)/tests/%.o $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) \
	    $(LIBS) \
	    $(TEST_LIBS_$(notdir $*))

$(SPEED): $(SPEED_SRCS:%.c=$(B)/%.o) $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The gate without its filters, to measure what they cost.
$(B)/tests/bench/unfiltered: $(MAIN) $(or $(S),$(B))/tests/bench/unfiltered.o \
	$(or $(STATIC_LIB),$(LIB))
	$(call say,LINK,$@) $(link_main)

$(LIBC_SAYS): $(S)/tests/e2e/libc-says.o $(STATIC_LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(link_main)

# The race tests' world and flipper.
RACE_COMMON := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard \
	tests/race/common/*.c)))
$(filter $(B)/tests/race/%,$(HELPER_PROGS)): $(RACE_COMMON)

# A leak in the one is libssh's; the other runs where there is no /proc, without
# which the leak checker ends it.
$(B)/tests/e2e/libssh_client $(B)/tests/e2e/cut-uploads: $(SANITIZED)

# What a hostile program tries.
FAULT_ACTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/fault/acts/*.c)))
$(B)/tests/fault/hostile: $(FAULT_ACTS)
# Programs in rsync's place are nothing of ours: without sanitizers, whose run
# time no jail lets work.
INSIDE := $(addprefix $(B)/tests/fault/,hostile greedy scribe)
HOSTILE := $(INSIDE) $(INSIDE:%=%.o) $(FAULT_ACTS)
$(HOSTILE): private ALL_CFLAGS := $(filter-out -fsanitize%,$(ALL_CFLAGS))
$(HOSTILE): private ALL_LDFLAGS := $(filter-out -fsanitize%,$(ALL_LDFLAGS))
$(INSIDE): private LIB :=

# A fuzz target is a libFuzzer program in MODE=fuzz, else one that replays
# files, with the C library that filesonly has.
FUZZ_AT := $(or $(S),$(B))/tests/fuzz
FUZZ_MAIN := $(if $(filter fuzz,$(MODE)),,$(FUZZ_AT)/replay.o)
$(FUZZ_PROGS): $(B)/tests/fuzz/fuzz_%: $(FUZZ_AT)/fuzz_%.o $(FUZZ_MAIN) \
	$(or $(STATIC_LIB),$(LIB))
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(link_main) $(if $(FUZZ_MAIN),,-fsanitize=fuzzer)

# Each target for FUZZ_SECONDS, from the seeds; what it finds stays in
# build/fuzz.
FUZZ_SECONDS ?= 60
fuzz:
	$(Q)$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzz-run

fuzz-run: $(FUZZ_PROGS)
	$(Q)set -e; for program in $(FUZZ_PROGS); do \
	    name=$${program##*/fuzz_}; \
	    tests/fuzz/seeds $$name $(B)/seeds/$$name; \
	    $$program -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=1024 \
		-timeout=10 -print_final_stats=1 \
		-artifact_prefix=$(B)/found-$$name- $(B)/seeds/$$name \
		$$(ls -d tests/fuzz/corpus/$$name 2>/dev/null); done

# What "make check" runs: programs and scripts that print TAP. Programs by
# other names under tests/ are helpers of these.
CHECKS := $(UNIT_PROGS) \
	$(filter $(B)/tests/fault/test_% $(B)/tests/race/test_%,$(HELPER_PROGS)) \
	$(filter-out tests/%/lib.sh,$(sort $(wildcard tests/fault/*.sh \
	    tests/race/*.sh tests/fuzz/*.sh tests/lint/*.sh tests/e2e/*.sh)))

demo:
	$(Q)tools/install-packages demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)BUILD=$(B) ONCE=$(ONCE) tools/demo

deps:
	$(Q)tools/install-packages check

# In a make of its own: flags are probed when it reads this file, and before
# deps there may be no compiler.
check: deps
	$(Q)$(MAKE) --no-print-directory all tests
	$(Q)BUILD=$(B) tests/run $(CHECKS)

unit: all $(UNIT_PROGS)
	$(Q)BUILD=$(B) tests/run $(UNIT_PROGS)

e2e: all tests
	$(Q)BUILD=$(B) tests/run $(filter tests/e2e/%,$(CHECKS))

# BENCH="sftp start ..." selects parts: see tests/bench/run.
bench: all tests
	$(Q)BENCH="$(BENCH)" BUILD=$(B) tests/bench/run

# README's two commands in a fresh Debian root; for root, and not in "check",
# which it runs.
bare:
	tests/bare/two-commands-on-a-bare-debian

# The long form of the race test: an hour on a small machine.
RACE_RUNS ?= 3000
RACE_OPERATIONS ?= 100000
race: all tests
	$(Q)RACE_RUNS=$(RACE_RUNS) RACE_OPERATIONS=$(RACE_OPERATIONS) \
	    BUILD=$(B) tests/race/nothing-escapes-while-names-flip.sh

# What takes too long for each day: a directory of a million entries.
soak: all tests
	$(Q)BUILD=$(B) ENTRIES=1000000 TEST_TIMEOUT=900 tests/run \
	    tests/e2e/sftp-holds-its-bounds.sh

lint: all
	$(Q)BUILD=$(B) CC=$(CC) tests/run tests/lint/lint-finds-faults.sh

# .clang-tidy says which checks; too slow for "check".
tidy: $(GEN)
	$(Q)git ls-files 'src/*.c' 'subsys/*.c' | \
	    BUILD=$(B) xargs -P 2 -n 4 tests/lint/tidy

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# --- installation ----------------------------------------------------------

MAN_PAGES := $(sort $(wildcard conf/man/*.[1-8]))
EXAMPLES := conf/filesonly.conf conf/conf.d/example.conf \
	conf/users.d/example.conf conf/sshd_config.d/filesonly.conf \
	conf/authorized_keys.example
TMPFILE := conf/tmpfiles.d/filesonly.conf

# The twin stands beside the program, where that looks for it.
TWIN_AT := $(DESTDIR)$(LIBEXECDIR)/filesonly-nss

# The names rrsync and sftp-server live apart: other packages own them in bin.
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR)
	$(if $(TWIN),install -m 755 $(TWIN) $(TWIN_AT),rm -f $(TWIN_AT))
	install -m 755 $(B)/filesonly $(DESTDIR)$(LIBEXECDIR)/filesonly
	ln -srf $(DESTDIR)$(LIBEXECDIR)/filesonly $(DESTDIR)$(BINDIR)/filesonly
	for name in rrsync sftp-server; do \
	    ln -sf filesonly $(DESTDIR)$(LIBEXECDIR)/$$name || exit; \
	done
	for page in $(MAN_PAGES); do \
	    install -D -m 644 $$page \
	        $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit; \
	done
	for file in $(EXAMPLES); do \
	    install -D -m 644 $$file \
	        $(DESTDIR)$(EXAMPLEDIR)/$${file#conf/} || exit; \
	done
	install -D -m 644 $(TMPFILE) $(DESTDIR)$(TMPFILESDIR)/$(notdir $(TMPFILE))

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/filesonly $(TWIN_AT)
	for name in filesonly rrsync sftp-server; do \
	    rm -f $(DESTDIR)$(LIBEXECDIR)/$$name; \
	done
	for page in $(MAN_PAGES); do \
	    rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; \
	done
	for file in $(EXAMPLES:conf/%=%); do \
	    rm -f $(DESTDIR)$(EXAMPLEDIR)/$$file; \
	    rmdir $$(dirname $(DESTDIR)$(EXAMPLEDIR)/$$file) 2>/dev/null; \
	done; true
	rm -f $(DESTDIR)$(TMPFILESDIR)/$(notdir $(TMPFILE))
	-rmdir $(DESTDIR)$(LIBEXECDIR) 2>/dev/null

clean:
	rm -rf build

-include $(ALL_OBJS:.o=.d) $(UNIT_PROGS:%=%.d) $(HELPER_PROGS:%=%.d) \
    $(SPEED_SRCS:%.c=$(B)/%.d) $(RACE_COMMON:.o=.d) $(FAULT_ACTS:.o=.d) \
    $(FUZZ_PROGS:$(B)/tests/fuzz/%=$(FUZZ_AT)/%.d) \
    $(MAIN:src/gate/main.o=tests/bench/unfiltered.d) \
    $(MAIN:src/gate/main.o=tests/e2e/libc-says.d)
