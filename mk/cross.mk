# CROSS=aarch64-linux-gnu-: built for another machine. What is run while building
# is the host's: mkfilters, which gets libseccomp's name of the target. The
# target's libraries and headers are Debian's multiarch ones, or lie below
# SYSROOT, which tools/make-sysroot fills. The target has 64 bits.

TRIPLET := $(notdir $(CROSS:%-=%))
CROSS_ARCH := $(firstword $(subst -, ,$(TRIPLET)))
SYSROOT ?=
HOSTCC ?= cc
HOST_PKG_CONFIG ?= pkg-config
ifeq ($(origin CC),default)
CC := $(CROSS)gcc $(SYSROOT:%=--sysroot=%)
endif
ifeq ($(origin AR),default)
AR := $(CROSS)ar
endif
PKG_CONFIG ?= PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(subst \
	$() ,:,$(foreach place,lib/$(TRIPLET) lib64 lib share,$(SYSROOT)/usr/$(place)/pkgconfig)) \
	pkg-config
