/* What the sink's parts share: where they are, and what they may do. */
#ifndef FILESONLY_SUBSYS_SCP_SINK_STATE_H
#define FILESONLY_SUBSYS_SCP_SINK_STATE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "root/cache.h"
#include "root/own.h"
#include "root/writing.h"
#include "subsys/scp/control.h"
#include "subsys/scp/peer.h"
#include "subsys/scp/place.h"

struct job;
struct scp_args;

enum { SINK_DEPTH_MAX = 256 };

/* A directory that was entered, until its end. */
struct sink_level {
	int fd;         /* O_PATH; owned */
	size_t mark;    /* where the place returns to */
	bool at_names;  /* ... and whether names stood below it */
	bool sets_mode; /* at its end: it may not be ours to write in */
	mode_t mode;
	bool has_times; /* likewise, since what is put in it changes them */
	struct timespec times[2];
};

struct sink {
	struct job *job;
	const struct scp_args *args;
	struct peer peer;
	struct root_cache cache;
	struct own own;
	struct writing writing;
	enum answer attributes; /* of what exists: may they be set? */
	mode_t mask;            /* the umask */
	char *target;           /* as the client named it; owned */
	struct place place;
	bool at_names;  /* place is a directory: names stand below it */
	bool has_times; /* times hold for the next file or directory */
	struct timespec times[2];
	unsigned depth;
	struct sink_level *levels; /* owned: SINK_DEPTH_MAX, depth in use */
};

/*
 * May anything be changed at all? No where it could not be recorded
 * (audit-loss): the other end hears it.
 */
bool sink_may_change(struct sink *sink, const char *shown) must_check;

/* Goes where this name means; says why not and returns false. */
bool sink_go(struct sink *sink, const struct control *control,
    size_t *mark) must_check;

#endif
