# The tests and what they need; part of the Makefile.

# Where libssh isn't, neither is what tests it.
UNIT_SRCS := $(filter-out $(if $(SERVER),,tests/unit/test_transport_seed.c), \
	$(sort $(wildcard tests/unit/test_*.c)))
UNIT_PROGS := $(UNIT_SRCS:%.c=$(B)/%)
HELPER_SRCS := $(sort $(wildcard tests/bench/*.c tests/race/*.c \
	tests/fault/*.c tests/e2e/*.c))
SPEED_SRCS := $(sort $(wildcard tests/bench/drive/*.c))
SPEED := $(B)/tests/bench/sftp-speed
HELPER_PROGS := $(HELPER_SRCS:%.c=$(B)/%) $(SPEED)
# What old kernels and some file systems lack is taken away by the linker.
TEST_LIBS_test_create_only := -Wl,--wrap=syscall,--wrap=linkat
TEST_LIBS_test_broker_verify := -Wl,--wrap=digest_names_hold
TEST_LIBS_test_own_changes := -Wl,--wrap=statx,--wrap=move_exchange \
	-Wl,--wrap=move_over
TEST_LIBS_test_upload_sweep := -Wl,--wrap=clock_gettime
TEST_LIBS_test_free := -Wl,--wrap=root_open_pinned,--wrap=move_pinned
TEST_LIBS_test_free_attributes := -Wl,--wrap=root_chmod_pinned,--wrap=fchmod
TEST_LIBS_test_quota := -Wl,--wrap=syscall
TEST_LIBS_test_transport_seed = $(SERVE_LIB) $(LIB) $(LIBS) $(SSH_LIBS)
TEST_LIBS_contain = $(shell $(PKG_CONFIG) --libs libseccomp)
TEST_LIBS_libssh_client := $(shell $(PKG_CONFIG) --libs libssh cmocka 2>/dev/null)
FUZZ_PROGS := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

.PHONY: check clients e2e-filesonlyd soak unit e2e fuzz fuzz-run lint bench \
	race bare kernels fleet tests tidy

tests: $(UNIT_PROGS) $(HELPER_PROGS) $(FUZZ_PROGS)

# The static program's own parts are tested in every build.
STATIC_PARTS := $(patsubst %.c,$(B)/%.o,$(wildcard src/static/*.c))
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) \
	    $(LIBS) \
	    $$($(PKG_CONFIG) --libs cmocka) $(TEST_LIBS_$*)

$(B)/tests/%: $(B)/tests/%.o $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) \
	    $(LIBS) \
	    $(TEST_LIBS_$(notdir $*))

$(SPEED): $(SPEED_SRCS:%.c=$(B)/%.o) $(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/unit/test_transport_seed: $(SERVE_LIB)

# The gate without its filters, to measure what they cost.
$(B)/tests/bench/unfiltered: $(MAIN) $(B)/tests/bench/unfiltered.o $(LIB)
	$(call say,LINK,$@) $(CC) $(MAIN_LDFLAGS) -o $@ $^ $(LIBS)

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

# The file system that lacks things.
POORFS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/fault/poor/*.c)))
$(B)/tests/fault/poorfs: $(POORFS)
# Programs in rsync's place are nothing of ours: without sanitizers, whose run
# time no jail lets work.
INSIDE := $(addprefix $(B)/tests/fault/,hostile greedy scribe wordy \
	published)
HOSTILE := $(INSIDE) $(INSIDE:%=%.o) $(FAULT_ACTS)
$(HOSTILE): private ALL_CFLAGS := $(filter-out -fsanitize%,$(ALL_CFLAGS))
$(HOSTILE): private ALL_LDFLAGS := $(filter-out -fsanitize%,$(ALL_LDFLAGS))
$(INSIDE): private LIB :=

# A fuzz target is a libFuzzer program in MODE=fuzz, else one that replays
# files.
FUZZ_MAIN := $(if $(filter fuzz,$(MODE)),,$(B)/tests/fuzz/replay.o)
$(FUZZ_PROGS): $(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) \
	$(LIB)
	$(call say,LINK,$@) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) \
	    $(if $(FUZZ_MAIN),,-fsanitize=fuzzer)

# Each target for FUZZ_SECONDS, from the seeds; what it finds stays in
# build/fuzz.
FUZZ_SECONDS ?= 60
fuzz:
	$(Q)$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzz-run

fuzz-run: $(FUZZ_PROGS)
	$(Q)set -e; for program in $(FUZZ_PROGS); do \
	    name=$${program##*/fuzz_}; \
	    tests/fuzz/seeds $$name $(B)/seeds/$$name || \
		[ -d tests/fuzz/corpus/$$name ]; \
	    $$program -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=1024 \
		-timeout=10 -print_final_stats=1 \
		-artifact_prefix=$(B)/found-$$name- $(B)/seeds/$$name \
		$$(ls -d tests/fuzz/corpus/$$name 2>/dev/null); done

# What "make check" runs: programs and scripts that print TAP. Programs by
# other names under tests/ are helpers of these.
CHECKS := $(UNIT_PROGS) \
	$(filter $(B)/tests/fault/test_% $(B)/tests/race/test_%,$(HELPER_PROGS)) \
	$(filter-out tests/%/lib.sh tests/%/filesonlyd.sh,$(sort $(wildcard tests/fault/*.sh \
	    tests/race/*.sh tests/fuzz/*.sh tests/lint/*.sh tests/e2e/*.sh)))

# In a make of its own: flags are probed when it reads this file, and before
# deps there may be no compiler.
check: deps
	$(Q)$(MAKE) --no-print-directory all tests
	$(Q)BUILD=$(B) tests/run $(CHECKS)

# Some mount the file system that lacks things.
unit: all $(UNIT_PROGS) $(B)/tests/fault/poorfs
	$(Q)BUILD=$(B) tests/run $(UNIT_PROGS)

e2e: all tests
	$(Q)BUILD=$(B) tests/run $(filter tests/e2e/%,$(CHECKS))

# BENCH="sftp start ..." selects parts: see tests/bench/run.
bench: all tests
	$(Q)BENCH="$(BENCH)" BUILD=$(B) tests/bench/run

# Each client that README names, those that "check" leaves out (they bring
# many packages, or take long) and the table.
CLIENTS := $(sort $(wildcard tests/clients/*.sh)) $(addprefix tests/e2e/,\
	lftp-mirrors-both-ways.sh libssh-client-in-process.sh \
	node-ssh2-carries-files.sh paramiko-uses-every-call.sh \
	rclone-syncs-both-ways.sh restic-backs-up-to-create-only.sh \
	rsync-copies-trees-both-ways.sh rsync-rotates-backups.sh \
	rsync-serves-backup-programs.sh scp-and-curl-and-psftp-carry-files.sh \
	scp-of-before-sftp-carries-files.sh \
	sftp-commands-do-what-they-say.sh \
	sshfs-builds-a-program-in-the-mount.sh)
clients:
	tools/install-packages clients
	$(Q)$(MAKE) --no-print-directory all tests
	$(Q)BUILD=$(B) tests/run $(CLIENTS)

# README's two commands in a fresh Debian root; for root, and not in "check",
# which it runs.
bare:
	tests/bare/two-commands-on-a-bare-debian

# On Debian's kernels, in guests; for root, up to 45 minutes. What is fetched
# for them is kept in KERNELS_CACHE.
KERNELS_CACHE ?= build/kernels
kernels:
	$(Q)tools/install-packages kernels
	$(Q)$(MAKE) --no-print-directory all tests
	$(Q)BUILD=$(B) KERNELS_CACHE=$(KERNELS_CACHE) tests/kernels/run

# Two nodes over one distributed file system, and a balancer; for root, five
# minutes. FLEET=gluster: GlusterFS in the place of MooseFS, which takes longer.
fleet:
	$(Q)tools/install-packages fleet$(FLEET:%=-%)
	$(Q)$(MAKE) --no-print-directory all tests
	$(Q)BUILD=$(B) FLEET=$(FLEET) $(if $(filter gluster,$(FLEET)),TEST_SLOW=2) \
	    tests/run tests/fleet/two-nodes-*.sh

# The long forms of the race tests: an hour on a small machine.
RACE_RUNS ?= 3000
RACE_OPERATIONS ?= 100000
race: all tests
	$(Q)RACE_RUNS=$(RACE_RUNS) RACE_OPERATIONS=$(RACE_OPERATIONS) \
	    BUILD=$(B) tests/race/nothing-escapes-while-names-flip.sh
	$(Q)RACE_OPERATIONS=$(RACE_OPERATIONS) BUILD=$(B) \
	    tests/race/what-is-there-stays-while-names-flip.sh

# What takes too long for each day: a directory of a million entries, 3 GiB
# each way by each cipher while keys change, 300 clients for a minute.
soak: all tests
	$(Q)BUILD=$(B) ENTRIES=1000000 LONG=yes TEST_TIMEOUT=1800 tests/run \
	    tests/e2e/sftp-holds-its-bounds.sh \
	    tests/e2e/filesonlyd-exchanges-keys-anew.sh \
	    tests/e2e/filesonlyd-serves-a-crowd.sh \
	    tests/e2e/filesonlyd-tells-each-connection-once.sh

# All cases of the table, not only the short ones.
e2e-filesonlyd: all tests
	$(Q)BUILD=$(B) LONG=yes TEST_TIMEOUT=1800 tests/run \
	    tests/e2e/filesonlyd-serves-what-sshd-serves.sh

lint: all
	$(Q)BUILD=$(B) CC=$(CC) tests/run tests/lint/lint-finds-faults.sh

# .clang-tidy says which checks; too slow for "check".
tidy: $(GEN)
	$(Q)git ls-files 'src/*.c' 'subsys/*.c' | \
	    BUILD=$(B) xargs -P 2 -n 4 tests/lint/tidy

-include $(UNIT_PROGS:%=%.d) $(HELPER_PROGS:%=%.d) \
    $(SPEED_SRCS:%.c=$(B)/%.d) $(RACE_COMMON:.o=.d) $(FAULT_ACTS:.o=.d) \
    $(POORFS:.o=.d) $(FUZZ_PROGS:%=%.d) $(STATIC_PARTS:.o=.d)
