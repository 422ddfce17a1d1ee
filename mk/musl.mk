# make musl: filesonly, filesonlyctl and filesonlyd with musl in the place of
# glibc, as on Alpine, filesonly static, too; the unit tests, and some scripts
# that show them serving this machine's clients. filesonlyd has libssh with
# mbedtls there (Alpine's has OpenSSL).

MUSL_ROOT := $(CURDIR)/build/musl-root
MUSL_SCRIPTS := shell-is-refused sftp-round-trip-of-odd-names \
	rsync-copies-trees-both-ways
MUSL_SERVER_SCRIPTS := filesonlyd-serves-without-sshd \
	filesonlyd-exchanges-keys-anew

MUSL := CC=$(MUSL_ROOT)/bin/cc HOSTCC=cc HOST_PKG_CONFIG=pkg-config \
	PKG_CONFIG="env PKG_CONFIG_LIBDIR=$(MUSL_ROOT)/lib/pkgconfig pkg-config" \
	INIH_LIBS=$(MUSL_ROOT)/lib/libinih.a \
	NETTLE_LIBS=$(MUSL_ROOT)/lib/libnettle.a

# What fetches and builds musl's root gets this many seconds; each script has
# its own limit.
MUSL_SECONDS ?= 900

.PHONY: musl
musl:
	$(Q)tools/install-packages musl
	$(Q)[ -d $(MUSL_ROOT) ] || \
	    timeout -k 10 $(MUSL_SECONDS) tools/make-musl $(MUSL_ROOT)
	$(Q)$(MAKE) --no-print-directory B=build/musl $(MUSL) \
	    unit
	$(Q)$(MAKE) --no-print-directory B=build/musl-static STATIC=1 $(MUSL) \
	    build/musl-static/filesonly
	$(Q)BUILD=build/musl TEST_TIMEOUT=300 tests/run \
	    $(MUSL_SCRIPTS:%=tests/e2e/%.sh) \
	    $(MUSL_SERVER_SCRIPTS:%=tests/e2e/%.sh)
	$(Q)BUILD=build/musl-static TEST_TIMEOUT=300 tests/run \
	    $(MUSL_SCRIPTS:%=tests/e2e/%.sh)
