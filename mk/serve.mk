# filesonlyd, where libssh is.

SSH_LIBS := $(shell $(PKG_CONFIG) --libs libssh 2>/dev/null)
SERVE_SRCS := $(sort $(wildcard src/serve/*.c))
SERVE_OBJS := $(SERVE_SRCS:%.c=$(B)/%.o)
SERVER := $(if $(SSH_LIBS),$(B)/filesonlyd)
SERVE_LIB := $(B)/libserve.a
ALL_OBJS += $(if $(SERVER),$(SERVE_OBJS))

# A packager whose libssh has the fix of CVE-2026-59847 says so: then AES-GCM
# is offered, too.
ifeq ($(LIBSSH_GCM_FIXED),1)
$(B)/src/serve/transport.o: ALL_CFLAGS += -DLIBSSH_GCM_FIXED
endif

$(SERVE_LIB): $(filter-out %/main.o,$(SERVE_OBJS))
	$(call say,AR,$@) rm -f $@ && $(AR) rcs $@ $^

$(B)/filesonlyd: $(B)/src/serve/main.o $(SANITIZED) $(SERVE_LIB) $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(SSH_LIBS)
