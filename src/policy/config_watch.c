/* By the time of the last change (ctime), which no program can set. */
#include "policy/config_watch.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
	STILL_MS = 100,     /* no editor takes a break that long, ... */
	EMPTY_MS = 2000,    /* ... nor is kept from writing by a busy machine */
	CLOCK_MS = 1000,    /* times in the future: the clock was set back */
	DIRECTORY_MS = 500, /* waited for directories, at most */
	FILE_MS = 3000,     /* ... and for files */
};

void
config_watch_begin(struct config_watch *watch)
{
	watch->change = CHANGE_NONE;
	clock_gettime(CLOCK_REALTIME, &watch->began);
}

static int64_t
milliseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000;
}

void
config_watch_note(struct config_watch *watch, int fd, enum config_change change,
    const char *path)
{
	struct stat st;
	int64_t age, still = STILL_MS;

	if (change <= watch->change || fstat(fd, &st) != 0)
		return;
	if (S_ISREG(st.st_mode) && st.st_size == 0)
		still = EMPTY_MS;
	age = milliseconds(&watch->began) - milliseconds(&st.st_ctim);
	if (age >= still || age <= -CLOCK_MS)
		return;
	watch->change = change;
	snprintf(watch->path, sizeof(watch->path), "%s", path);
}

bool
config_watch_again(struct config_watch *watch)
{
	const struct timespec pause = { .tv_nsec = STILL_MS * 1000000L };
	int limit = watch->change == CHANGE_FILE ? FILE_MS : DIRECTORY_MS;

	if (watch->change == CHANGE_NONE || watch->waited >= limit)
		return false;
	nanosleep(&pause, NULL);
	watch->waited += STILL_MS;
	return true;
}
