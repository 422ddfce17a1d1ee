/*
 * From a working directory that somebody else moves out of the root while we
 * are in it. "moving NAME" on stderr asks for that. In a namespace it stays
 * ours with all that is in it, which SECURITY.md says; but nothing else there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fault/acts/acts.h"

#define ACT(name) static int name(const struct act *act)

enum { STEP_US = 20000, STEPS = 400 };

/* Its name changes when it is moved. Returns 0 then. */
static int
be_moved(const struct act *act)
{
	char before[4096], now[4096];

	if (chdir(act->name) != 0 || getcwd(before, sizeof(before)) == NULL)
		return -1;
	dprintf(STDERR_FILENO, "moving %s\n", act->name);
	for (int i = 0; i < STEPS; i++) {
		if (getcwd(now, sizeof(now)) == NULL ||
		    strcmp(now, before) != 0)
			return 0;
		usleep(STEP_US);
	}
	errno = ETIMEDOUT;
	return -1;
}

ACT(moved_read)
{
	return be_moved(act) != 0 ? -1 : try_open("f", O_RDONLY);
}

ACT(moved_list)
{
	return be_moved(act) != 0 ? -1 : try_open(".", O_RDONLY | O_DIRECTORY);
}

ACT(moved_create)
{
	return be_moved(act) != 0 ? -1 : try_open("new", O_WRONLY | O_CREAT);
}

ACT(moved_remove)
{
	return be_moved(act) != 0 ? -1 : unlink("f");
}

ACT(moved_chmod)
{
	return be_moved(act) != 0 ? -1 : chmod("f", 0640);
}

/* Nor does the way up lead anywhere from there. */
ACT(moved_up)
{
	char path[256];

	snprintf(path, sizeof(path), "../%s-victim", act->name);
	return be_moved(act) != 0 ? -1 : chmod(path, 0640);
}

// clang-format off
const struct act moved_acts[] = {
	{ "moved_read",   TAKEN, moved_read,   0, 0 },
	{ "moved_list",   TAKEN, moved_list,   0, 0 },
	{ "moved_create", TAKEN, moved_create, 0, 0 },
	{ "moved_remove", TAKEN, moved_remove, 0, 0 },
	{ "moved_chmod",  TAKEN, moved_chmod,  0, 0 },
	{ "moved_up",     FAILS, moved_up,     0, 0 },
	{ NULL, FAILS, NULL, 0, 0 },
};
// clang-format on
