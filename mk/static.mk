# STATIC=1: filesonly as a static program, by the compiler's own C library
# (glibc on Debian, musl on Alpine), for containers, chroots and appliances.
# It knows the accounts of /etc/passwd and /etc/group only: src/static takes
# the place of src/session/account.c and account_groups.c, which ask every name
# service.

ifneq ($(filter-out /%,$(LIBS)),)
$(error STATIC=1 needs libinih.a and libnettle.a (libinih-dev, nettle-dev))
endif

LIB_SRCS := $(filter-out src/session/account.c src/session/account_groups.c, \
	$(LIB_SRCS)) src/static/account_files.c
MAIN += $(B)/src/static/relro.o
MAIN_LDFLAGS := $(LINK) -static-pie $(MODE_LDFLAGS.$(MODE)) $(LDFLAGS)
