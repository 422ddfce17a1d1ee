/*
 * The table of jails. Landlock holds files by what may be done in the root,
 * a filter holds calls; both say the same mode in their own words, so that
 * either would do if the other or our own checks failed.
 */
#include "confine/profiles.h"

#include "confine/landlock.h"

#define LL_READ (LL_READ_FILE | LL_READ_DIR)
#define LL_CHANGE                                                       \
	(LL_WRITE_FILE | LL_REMOVE_DIR | LL_REMOVE_FILE | LL_MAKE_DIR | \
	    LL_MAKE_REG | LL_MAKE_SYM | LL_REFER | LL_TRUNCATE)
#define LL_SPECIAL (LL_MAKE_FIFO | LL_MAKE_SOCK)
#define LL_DEVICE (LL_MAKE_CHAR | LL_MAKE_BLOCK)

/*
 * For a program that may write. It may make devices only in a namespace,
 * where they can't be opened (nodev).
 */
#define RESTORES LL_DEVICE, CAPS_RESTORE, CAPS_WRITE

#define ALWAYS(filter) filter, filter, filter

// clang-format off
static const struct profile profiles[][MODE_COUNT] = {
	/* internal subsystems: descriptors and openat2 only */
	[JAIL_FILES] = {
		[MODE_READ_WRITE] = { "files",
			LL_READ | LL_CHANGE, 0, CAPS_WRITE, CAPS_WRITE,
			ALWAYS(FILTER_FILES), FILTER_COUNT },
		[MODE_READ_ONLY] = { "files, read-only",
			LL_READ, 0, CAPS_READ, CAPS_READ,
			ALWAYS(FILTER_FILES_READ_ONLY), FILTER_COUNT },
		[MODE_WRITE_ONLY] = { "files, write-only",
			LL_CHANGE, 0, CAPS_WRITE, CAPS_WRITE,
			ALWAYS(FILTER_FILES), FILTER_COUNT },
		[MODE_CREATE_ONLY] = { "files, create-only",
			LL_READ | LL_CHANGE, 0, CAPS_WRITE, CAPS_WRITE,
			ALWAYS(FILTER_FILES), FILTER_COUNT },
	},
	/* rsync: one exec, no network, files in the root only */
	[JAIL_PROGRAM] = {
		[MODE_READ_WRITE] = { "program",
			LL_READ | LL_CHANGE | LL_SPECIAL, RESTORES,
			FILTER_PROGRAM, FILTER_PROGRAM_BROKERED,
			FILTER_PROGRAM_EXEC, FILTER_SUPERVISOR },
		[MODE_READ_ONLY] = { "program, read-only",
			LL_READ, 0, CAPS_READ, CAPS_READ,
			FILTER_PROGRAM_READ_ONLY, FILTER_PROGRAM_READ_ONLY,
			FILTER_PROGRAM_EXEC_READ_ONLY, FILTER_SUPERVISOR },
		/* rsync opens its temporary files again for reading. */
		[MODE_WRITE_ONLY] = { "program, write-only",
			LL_READ_FILE | LL_CHANGE | LL_SPECIAL, RESTORES,
			FILTER_PROGRAM, FILTER_PROGRAM_BROKERED,
			FILTER_PROGRAM_EXEC, FILTER_SUPERVISOR },
		[MODE_CREATE_ONLY] = { "program, create-only",
			LL_READ | LL_CHANGE | LL_SPECIAL, RESTORES,
			FILTER_PROGRAM_CREATE_ONLY, FILTER_PROGRAM_CREATE_ONLY,
			FILTER_COUNT, FILTER_SUPERVISOR_CREATE_ONLY },
	},
};
// clang-format on

enum filter
profile_with_attributes(enum filter filter)
{
	static const struct {
		enum filter without, with;
	} pairs[] = {
		{ FILTER_PROGRAM, FILTER_PROGRAM_ATTRIBUTES },
		{ FILTER_PROGRAM_CREATE_ONLY,
		    FILTER_PROGRAM_ATTRIBUTES_CREATE_ONLY },
		{ FILTER_PROGRAM_READ_ONLY,
		    FILTER_PROGRAM_ATTRIBUTES_READ_ONLY },
		{ FILTER_SUPERVISOR, FILTER_SUPERVISOR_ATTRIBUTES },
		{ FILTER_SUPERVISOR_CREATE_ONLY,
		    FILTER_SUPERVISOR_ATTRIBUTES_CREATE_ONLY },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].without == filter)
			return pairs[i].with;
	}
	return FILTER_COUNT; /* this jail has none */
}

enum filter
profile_with_looks(enum filter filter)
{
	return filter == FILTER_PROGRAM_BROKERED
		   ? FILTER_PROGRAM_LOOKS
		   : FILTER_PROGRAM_LOOKS_READ_ONLY;
}

const struct profile *
profile_of(enum jail_profile jail, enum mode mode)
{
	return &profiles[jail][mode];
}
