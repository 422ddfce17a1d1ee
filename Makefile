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
SYSCONFDIR ?= /etc/filesonly
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
include mk/musl.mk

.PHONY: all demo clean help deps format
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
	    soak "a million entries, gigabytes, crowds" \
	    fuzz "libFuzzer, FUZZ_SECONDS for each target" \
	    bench "speed, as ratios to the peers (BENCH=...)" \
	    clients "more clients than make check has" \
	    bare "the two commands of README in a bare Debian" \
	    kernels "the tests on Debian's kernels, in guests" \
	    musl "built with musl, as on Alpine, and served by it" \
	    fleet "two nodes over MooseFS (FLEET=gluster), a balancer" \
	    format "clang-format over the sources" \
	    deps "install the packages that build and tests need" \
	    dist "the source archive, its sums and what it needs" \
	    deb "Debian packages of what is committed" \
	    packages "builds, installs, upgrades and purges them (root)" \
	    container "makes the container's image and runs it (root)" \
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
$(B)/mkfilters: tools/mkfilters.c tools/system_calls.h src/base/fd.h \
	src/broker/ancestors.h
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<) $(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 $(WARN) \
	    -Isrc -o $@ $< $(shell $(HOST_PKG_CONFIG) --cflags --libs libseccomp)

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

include mk/install.mk
include mk/dist.mk

clean:
	rm -rf build

-include $(ALL_OBJS:.o=.d)
