# filesonlyctl.

CTL_SRCS := $(sort $(wildcard src/ctl/*.c))
CTL_OBJS := $(CTL_SRCS:%.c=$(B)/%.o)
CTL_LIB := $(B)/libctl.a
ALL_OBJS += $(CTL_OBJS)

$(CTL_LIB): $(filter-out %/main.o,$(CTL_OBJS))
	$(call say,AR,$@) rm -f $@ && $(AR) rcs $@ $^

$(B)/filesonlyctl: $(B)/src/ctl/main.o $(SANITIZED) $(CTL_LIB) $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
