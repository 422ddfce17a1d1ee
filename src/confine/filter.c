/*
 * Hands the filters that were made at build time to the kernel. Knows
 * seccomp(2) and nothing of what the filters say.
 */
#include "confine/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "filters.h"

/* 32 bits have two kinds of sizes, times and calls, and rsync died of the
 * filters there. */
#if __SIZEOF_LONG__ != 8
#error "filesonly needs a 64-bit machine: build it for one (README)"
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

#define CODE(array)                                       \
	{                                                 \
		sizeof(array) / sizeof((array)[0]), array \
	}

static const struct {
	unsigned short len;
	const struct sock_filter *code;
} filters[] = {
	[FILTER_FILES] = CODE(code_files),
	[FILTER_FILES_READ_ONLY] = CODE(code_files_read_only),
	[FILTER_PROGRAM] = CODE(code_program),
	[FILTER_PROGRAM_BROKERED] = CODE(code_program_brokered),
	[FILTER_PROGRAM_SETS_MODES] = CODE(code_program_sets_modes),
	[FILTER_PROGRAM_RESTORES] = CODE(code_program_restores),
	[FILTER_PROGRAM_CREATE_ONLY] = CODE(code_program_create_only),
	[FILTER_PROGRAM_READ_ONLY] = CODE(code_program_read_only),
	[FILTER_PROGRAM_ATTRIBUTES] = CODE(code_program_attributes),
	[FILTER_PROGRAM_ATTRIBUTES_CREATE_ONLY] =
	    CODE(code_program_attributes_create_only),
	[FILTER_PROGRAM_ATTRIBUTES_READ_ONLY] =
	    CODE(code_program_attributes_read_only),
	[FILTER_PROGRAM_LOOKS] = CODE(code_program_looks),
	[FILTER_PROGRAM_LOOKS_READ_ONLY] = CODE(code_program_looks_read_only),
	[FILTER_PROGRAM_EXEC] = CODE(code_program_exec),
	[FILTER_PROGRAM_EXEC_READ_ONLY] = CODE(code_program_exec_read_only),
	[FILTER_PROGRAM_BEGUN] = CODE(code_program_begun),
	[FILTER_NO_SYMLINKS] = CODE(code_no_symlinks),
	[FILTER_NO_NODES] = CODE(code_no_nodes),
	[FILTER_SUPERVISOR] = CODE(code_supervisor),
	[FILTER_SUPERVISOR_RESTORES] = CODE(code_supervisor_restores),
	[FILTER_SUPERVISOR_ATTRIBUTES] = CODE(code_supervisor_attributes),
	[FILTER_SUPERVISOR_ATTRIBUTES_CREATE_ONLY] =
	    CODE(code_supervisor_attributes_create_only),
	[FILTER_ATTRIBUTES] = CODE(code_attributes),
	[FILTER_KEEPER] = CODE(code_keeper),
	[FILTER_LOG_HELPER] = CODE(code_log_helper),
	[FILTER_LOG_OPENER] = CODE(code_log_opener),
	[FILTER_REFUSED] = CODE(code_refused),
	[FILTER_NETWORK] = CODE(code_network),
	[FILTER_SUPERVISOR_CREATE_ONLY] = CODE(code_supervisor_create_only),
};

_Static_assert(sizeof(filters) / sizeof(filters[0]) == FILTER_COUNT,
    "a filter without code");

static int
filter_load_with(enum filter filter, unsigned long flags)
{
	struct sock_fprog program = { filters[filter].len,
		(struct sock_filter *)(uintptr_t)filters[filter].code };

	return (
	    int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int
filter_load(enum filter filter)
{
	return filter_load_with(filter, 0);
}

int
filter_load_with_listener(enum filter filter)
{
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	int fd = filter_load_with(filter,
	    flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

	/* Before Linux 5.19 a signal may restart a call that is waited for. */
	if (fd < 0 && errno == EINVAL)
		fd = filter_load_with(filter, flags);
	return fd;
}
