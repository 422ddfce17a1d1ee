# filesonlyd, where libssh is.

SSH_LIBS := $(shell $(PKG_CONFIG) --libs libssh 2>/dev/null)
SERVE_SRCS := $(sort $(wildcard src/serve/*.c))
SERVE_OBJS := $(SERVE_SRCS:%.c=$(B)/%.o)
SERVER := $(if $(SSH_LIBS),$(B)/filesonlyd)
SERVE_LIB := $(B)/libserve.a
ALL_OBJS += $(if $(SERVER),$(SERVE_OBJS))

# AES-GCM is offered where libssh refuses what was tampered with (the fix of
# CVE-2026-59847): tried here, or declared with LIBSSH_GCM_FIXED=1 by who builds
# for another machine. LIBSSH_GCM_FIXED=0 leaves it out.
$(B)/gcm-check: tools/gcm-check.c
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<) $(CC) -std=c11 -D_GNU_SOURCE -O1 $(WARN) \
	    -Wno-conversion -o $@ $< $(SSH_LIBS)

$(B)/gen/gcm.h: $(if $(CROSS)$(LIBSSH_GCM_FIXED),,$(B)/gcm-check)
	@mkdir -p $(@D)
	$(call say,GEN,$@) $(if $^,$^,echo '$(if $(filter 1,$(LIBSSH_GCM_FIXED)),#define LIBSSH_GCM_FIXED 1)') >$@

$(B)/src/serve/transport_offer.o: $(B)/gen/gcm.h

$(SERVE_LIB): $(filter-out %/main.o,$(SERVE_OBJS))
	$(call say,AR,$@) rm -f $@ && $(AR) rcs $@ $^

$(B)/filesonlyd: $(B)/src/serve/main.o $(SANITIZED) $(SERVE_LIB) $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(SSH_LIBS)
