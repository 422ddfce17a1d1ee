/*
 * One notified call on its way through the broker: a row of its table says
 * where what stands in the arguments, an act carries it out. For the broker
 * alone.
 */
#ifndef FILESONLY_BROKER_ACT_H
#define FILESONLY_BROKER_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "broker/tracee.h"

struct act;
struct create_only;
struct root;

/* Returns 0, or -1 with the errno that the caller is to get. */
typedef int act_run(const struct act *act);

/* What the caller says of the object; -1 in dir and path: there is none. */
struct act_row {
	int number;
	act_run *act;
	int dir;   /* which argument: a descriptor, of a directory or alone */
	int path;  /* ... the path; -1: the descriptor is what is meant */
	int what;  /* ... mode, owner, times, attribute, or the second dir;
		    * others follow */
	int flags; /* ... AT_ flags, or -1: fixed says it */
	int fixed; /* AT_ flags of a call that takes none */
	bool by_name; /* the act finds names itself; only with a guard */
};

struct act {
	struct tracee tracee;
	const uint64_t *args;
	const struct act_row *row;
	struct root *root;
	struct create_only
	    *create_only; /* NULL: the mode lets all be changed */
	int fd;           /* what is acted on: pinned, and in the root */
};

/* On act->fd. */
act_run act_set_mode, act_set_owner, act_set_times, act_set_times_coarse,
    act_set_attribute, act_remove_attribute;

/* On names, each found and judged by the act itself; need a guard. */
act_run act_rename, act_remove, act_rmdir;

#endif
