/*
 * One notified call on its way through the broker: a row of its table says
 * where what stands in the arguments, an act carries it out. For the broker
 * alone.
 *
 * Each goes the same way: what the call names is pinned and what else it
 * needs of the caller's memory is copied; the caller is asked once whether it
 * still waits; what was pinned is proved to lie in the root; only then
 * something is done.
 */
#ifndef FILESONLY_BROKER_ACT_H
#define FILESONLY_BROKER_ACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/auto.h"
#include "broker/attribute_process.h"
#include "broker/tracee.h"

struct act;
struct create_only;
struct root;

/*
 * Returns 0, or -1 with the errno that the caller is to get; act_open a
 * descriptor that is to become the caller's.
 */
typedef int act_step(struct act *act);

enum act_kind {
	ACT_SETS,  /* sets what the object is like */
	ACT_READS, /* tells it; where attributes are another process's */
	ACT_NAMES, /* finds names itself; in create-only */
	ACT_LOOKS, /* is the kernel's to answer, of what lies in the root */
};

/* What the caller says of the object; -1 in dir and path: there is none. */
struct act_row {
	int number;
	act_step *take; /* copies what is asked to be set; NULL: arguments
			 * say it all */
	act_step *run;
	int dir;   /* which argument: a descriptor, of a directory or alone */
	int path;  /* ... the path; -1: the descriptor is what is meant */
	int what;  /* ... mode, owner, times, attribute, or the second dir or
		    * path; others follow */
	int flags; /* ... AT_ or open's flags, or -1: fixed says it */
	int fixed; /* AT_ flags of a call that takes none */
	enum act_kind kind;
};

struct act {
	struct tracee tracee;
	const uint64_t *args;
	const struct act_row *row;
	struct root *root;
	struct create_only *create_only;     /* NULL: all may be changed */
	const struct attributes *attributes; /* NULL: they are ours */
	bool restores; /* devices are made, and none is opened */
	int fd;        /* what is acted on: pinned, and in the root */
	int held;      /* keeps a free one there; -1: none need be */

	/* Copied by row->take: */
	bool has_times;
	struct timespec times[2];
	char attribute[ATTRIBUTES_NAME_BYTES];
	void *value; /* of an attribute; freed by act_end */
	size_t size;
	int64_t result; /* what the call returns */

	struct tracee_name made; /* where something is made */
};

/* The row of a system call's number, or NULL. */
const struct act_row *act_row_of(int number) must_check;

/* An argument, counted from row->what. */
uint64_t act_argument(const struct act *act, int behind) must_check;

/*
 * In create-only: has the program made the pinned object in this session? It
 * can make objects only in the root, so one that it has made needs no other
 * proof that it lies there; asking for this one is cheaper.
 */
bool act_is_made(const struct act *act, int fd) must_check;

/*
 * Does a pinned object lie in the root, and does the caller still wait? To be
 * asked when all has been copied. Returns 0, or -1 with errno.
 */
int act_prove(const struct act *act, int fd) must_check;

act_step act_take_times, act_take_times_coarse, act_take_attribute,
    act_take_attribute_name;

/* On act->fd. */
act_step act_set_mode, act_set_owner, act_set_times, act_set_attribute,
    act_remove_attribute;

/* The same; only where act->attributes is not NULL. */
act_step act_get_attribute, act_list_attributes;

/* On names, each found, proved and judged by the act itself. */
act_step act_rename, act_remove, act_rmdir;
act_step act_open, act_mkdir, act_mknod, act_link, act_symlink;

/*
 * As act_open, for a program that may restore devices. If a name appears
 * between the look and the open, the call fails with EEXIST.
 */
act_step act_open_guarded;

/* The caller could not be given what act_open has made: takes it back. */
void act_open_undo(struct act *act);

/*
 * A name as the caller gives it; as tracee_find_name. dir and path are numbers
 * of arguments; dir -1: from the working directory.
 */
int act_find_name(const struct act *act, int dir, int path,
    const struct tracee_name *first, struct tracee_name *name) must_check;

#endif
