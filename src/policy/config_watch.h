/*
 * Was the configuration still while it was read? An editor that empties a file
 * and writes it anew shows a part of it for a moment, and a part may allow
 * what the whole forbids.
 */
#ifndef FILESONLY_POLICY_CONFIG_WATCH_H
#define FILESONLY_POLICY_CONFIG_WATCH_H

#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "base/auto.h"

/* What changed just before it was read, or since; worse ones are larger. */
enum config_change {
	CHANGE_NONE,
	CHANGE_DIRECTORY, /* names came or went: maybe not one of ours */
	CHANGE_FILE,
};

struct config_watch {
	struct timespec began; /* CLOCK_REALTIME, as files' times */
	enum config_change change;
	char path[PATH_MAX]; /* what changed */
	int waited;          /* milliseconds, over all readings */
};

/* A reading begins; the watch starts as {0}. */
void config_watch_begin(struct config_watch *watch);

/*
 * Called for each file and directory after it was read: notes it as changed
 * where it was changed since the reading began or in the moment before. path
 * is for messages.
 */
void config_watch_note(struct config_watch *watch, int fd,
    enum config_change change, const char *path);

/*
 * Returns true, after a pause, where all must be read once more. Where names
 * keep coming and going (accounts are added all the time) it doesn't wait for
 * long; a file that keeps changing is still noted as changed in the end.
 */
bool config_watch_again(struct config_watch *watch) must_check;

#endif
