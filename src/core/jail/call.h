/*
 * One notified call on its way through the broker: a row of its table says
 * where what stands in the arguments, an act carries it out. For the broker
 * alone.
 */
#ifndef FILESONLY_CORE_JAIL_CALL_H
#define FILESONLY_CORE_JAIL_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "core/jail/caller.h"

struct call;
struct guard;
struct root;

/* Returns 0, or -1 with the errno that the caller is to get. */
typedef int call_act(const struct call *call);

/* What the caller says of the object; -1 in dir and path: there is none. */
struct call_row {
	int number;
	call_act *act;
	int dir;   /* which argument: a descriptor, of a directory or alone */
	int path;  /* ... the path; -1: the descriptor is what is meant */
	int what;  /* ... mode, owner, times, attribute, or the second dir;
		    * others follow */
	int flags; /* ... AT_ flags, or -1: fixed says it */
	int fixed; /* AT_ flags of a call that takes none */
	bool by_name; /* the act finds names itself; only with a guard */
};

struct call {
	struct caller caller;
	const uint64_t *args;
	const struct call_row *row;
	struct root *root;
	struct guard *guard; /* NULL: the mode lets all be changed */
	int fd;              /* what is acted on: pinned, and in the root */
};

/* On call->fd. */
call_act call_set_mode, call_set_owner, call_set_times, call_set_times_coarse,
    call_set_attribute, call_remove_attribute;

/* On names, each found and judged by the act itself; need a guard. */
call_act call_rename, call_remove, call_rmdir;

#endif
