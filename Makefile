# filesonly: file access over SSH without a shell.
#
#   make            build (MODE=release|debug|asan, STATIC=1,
#                   CROSS=aarch64-linux-gnu-)
#   make demo       install what is missing, build, and show it working
#                   (SSHD=1: under a private sshd)
#   make check      run every test
#   make help       the other targets
#
# Local settings (CC, PREFIX, WERROR ...) go into config.mk.

-include config.mk

MODE ?= release
ifneq ($(CROSS),)
include mk/cross.mk
endif
B := build/$(MODE)$(TRIPLET:%=-%)$(if $(filter 1,$(STATIC)),-static)

# All processors, unless a -j or a make above says something else.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
# What is no file to build happens in the order given: make clean all.
ifneq ($(word 2,$(MAKECMDGOALS)),)
ifneq ($(filter-out all tests $(B)/%,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
endif

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/lib/filesonly
SYSCONFDIR ?= /etc/filesonly
MANDIR ?= $(PREFIX)/share/man
EXAMPLEDIR ?= $(PREFIX)/share/doc/filesonly/examples
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
PKG_CONFIG ?= pkg-config
# What is run while building; of another machine in a cross build alone.
HOSTCC ?= $(CC)
HOST_PKG_CONFIG ?= $(PKG_CONFIG)
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
	-Wredundant-decls \
	$(call try,-Wduplicated-cond) $(call try,-Wlogical-op)
HARDEN := -fstack-protector-strong -fno-strict-aliasing \
	-fno-delete-null-pointer-checks -fno-common \
	$(call try,-fstack-clash-protection) \
	$(call try,-ftrivial-auto-var-init=zero) \
	$(call try,-fcf-protection=full) \
	$(call try,-mbranch-protection=standard) \
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

ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -I. -Isrc -I$(B)/gen \
	-DFILESONLY_VERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"' \
	-include src/base/banned.h -MMD -MP \
	$(WARN) $(WERROR) $(HARDEN) -fPIE $(MODE_CFLAGS.$(MODE)) $(CFLAGS)
ALL_LDFLAGS := $(LINK) -pie $(MODE_LDFLAGS.$(MODE)) $(LDFLAGS)

ROOMS := base session request policy limits root confine broker program record
LIB_SRCS := $(filter-out %/main.c,$(sort $(wildcard \
	$(ROOMS:%=src/%/*.c) src/decide/*.c src/gate/*.c subsys/*.c subsys/*/*.c)))
LIB := $(B)/libfilesonly.a
MAIN := $(B)/src/gate/main.o
MAIN_LDFLAGS := $(ALL_LDFLAGS)
ifeq ($(STATIC),1)
include mk/static.mk
endif
LIB_OBJS := $(LIB_SRCS:%.c=$(B)/%.o)
GEN := $(B)/gen/filters.h
ALL_OBJS := $(LIB_OBJS) $(MAIN)
.DEFAULT_GOAL := all
include mk/serve.mk
include mk/ctl.mk

.PHONY: all demo install uninstall clean help deps format
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/filesonly $(B)/rrsync $(B)/sftp-server $(B)/filesonlyctl $(SERVER)

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed -n '1,10p'
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

$(LIB): $(LIB_OBJS)
	$(call say,AR,$@) rm -f $@ && $(AR) rcs $@ $^

SANITIZED := $(if $(findstring sanitize,$(MODE_CFLAGS.$(MODE))),$(B)/tests/sanitized.o)
$(B)/filesonly: $(MAIN) $(SANITIZED) $(LIB)
	$(call say,LINK,$@) $(CC) $(MAIN_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/rrsync $(B)/sftp-server: $(B)/filesonly
	$(Q)ln -sf filesonly $@

# The seccomp filters are compiled by libseccomp here, not in each session.
$(B)/mkfilters: tools/mkfilters.c tools/system_calls.h
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<) $(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 $(WARN) \
	    -o $@ $< $(shell $(HOST_PKG_CONFIG) --cflags --libs libseccomp)

$(GEN): $(B)/mkfilters
	@mkdir -p $(@D)
	$(call say,GEN,$@) $< $(CROSS_ARCH:%=--arch=%) $(if $(findstring sanitize,$(MODE_CFLAGS.$(MODE))),sanitized) >$@

include mk/tests.mk

# SSHD=1 shows it under a private sshd.
demo:
	$(Q)tools/install-packages $(if $(filter 1,$(SSHD)),sshd,demo)
	$(Q)$(MAKE) --no-print-directory all
	$(Q)BUILD=$(B) ONCE=$(ONCE) SSHD=$(SSHD) tools/demo

deps:
	$(Q)tools/install-packages check

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# --- installation ----------------------------------------------------------

MAN_PAGES := $(sort $(wildcard conf/man/*.[1-8]))
EXAMPLES := conf/filesonly.conf conf/conf.d/example.conf \
	conf/users.d/example.conf conf/sshd_config.d/filesonly.conf \
	conf/authorized_keys.example
TMPFILE := conf/tmpfiles.d/filesonly.conf

# The names rrsync and sftp-server live apart: other packages own them in bin.
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR)
	install -m 755 $(B)/filesonly $(DESTDIR)$(LIBEXECDIR)/filesonly
	ln -srf $(DESTDIR)$(LIBEXECDIR)/filesonly $(DESTDIR)$(BINDIR)/filesonly
	$(if $(SERVER),install -m 755 $(SERVER) $(DESTDIR)$(LIBEXECDIR)/filesonlyd)
	$(if $(SERVER),ln -srf $(DESTDIR)$(LIBEXECDIR)/filesonlyd \
	    $(DESTDIR)$(BINDIR)/filesonlyd)
	install -m 755 $(B)/filesonlyctl $(DESTDIR)$(BINDIR)/filesonlyctl
	install -D -m 644 conf/completion/filesonlyctl \
	    $(DESTDIR)$(COMPLETIONDIR)/filesonlyctl
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
	rm -f $(DESTDIR)$(BINDIR)/filesonly $(DESTDIR)$(BINDIR)/filesonlyd
	rm -f $(DESTDIR)$(BINDIR)/filesonlyctl
	rm -f $(DESTDIR)$(COMPLETIONDIR)/filesonlyctl
	for name in filesonly filesonlyd rrsync sftp-server; do \
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

-include $(ALL_OBJS:.o=.d)
