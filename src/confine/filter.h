/*
 * The seccomp filters, compiled by libseccomp when filesonly is built
 * (tools/mkfilters.c) and loaded here as they are.
 */
#ifndef FILESONLY_CONFINE_FILTER_H
#define FILESONLY_CONFINE_FILTER_H

#include "base/auto.h"

enum filter {
	FILTER_FILES,               /* internal subsystems: an allow-list */
	FILTER_FILES_READ_ONLY,     /* ... in which nothing can be changed */
	FILTER_PROGRAM,             /* rsync in a namespace: an allow-list;
				     * one exec */
	FILTER_PROGRAM_BROKERED,    /* ... what sets metadata is notified */
	FILTER_PROGRAM_SETS_MODES,  /* ... but the modes of its open files */
	FILTER_PROGRAM_RESTORES,    /* that, and what is opened, or made as a
				     * device */
	FILTER_PROGRAM_CREATE_ONLY, /* ... and whatever else changes, or
				     * makes, anything that has a name */
	FILTER_PROGRAM_READ_ONLY,   /* ... nothing can be changed */
	FILTER_PROGRAM_ATTRIBUTES,  /* ... calls about attributes are
				     * notified */
	FILTER_PROGRAM_ATTRIBUTES_CREATE_ONLY, /* ... in create-only */
	FILTER_PROGRAM_ATTRIBUTES_READ_ONLY,   /* ... those that read */
	FILTER_PROGRAM_LOOKS,           /* as brokered; what is looked at by a
					 * name is notified */
	FILTER_PROGRAM_LOOKS_READ_ONLY, /* ... and nothing can be changed */
	FILTER_PROGRAM_EXEC,            /* without a listener: exec is left to
					 * a namespace in which only rsync's
					 * files can be executed */
	FILTER_PROGRAM_EXEC_READ_ONLY,  /* ... and nothing can be changed */
	FILTER_PROGRAM_BEGUN,           /* beside it: passes no descriptor */
	FILTER_NO_SYMLINKS,             /* beside a program's: makes none */
	FILTER_NO_NODES,                /* ... no device, pipe or socket */
	FILTER_SUPERVISOR,              /* who waits for rsync: an allow-list */
	FILTER_SUPERVISOR_CREATE_ONLY,  /* ... and makes what it asks for */
	FILTER_SUPERVISOR_RESTORES,     /* ... and makes devices */
	FILTER_SUPERVISOR_ATTRIBUTES,   /* ... and asks for attributes */
	FILTER_SUPERVISOR_ATTRIBUTES_CREATE_ONLY, /* ... both */
	FILTER_ATTRIBUTES,                        /* who has the attributes */
	FILTER_KEEPER,     /* who keeps a program's namespaces */
	FILTER_LOG_HELPER, /* who connects to the log anew */
	FILTER_LOG_OPENER, /* ... or opens a rotated file */
	FILTER_REFUSED,    /* who tells a client that is refused */
	FILTER_NETWORK,    /* filesonlyd: who speaks SSH */
	FILTER_COUNT
};

/*
 * Loads a filter onto this thread; no_new_privs must be set. Returns 0, or
 * -1 with errno.
 */
int filter_load(enum filter filter) must_check;

/*
 * The same, with a listener for the calls that the filter notifies: returns
 * its descriptor (close-on-exec), or -1 with errno (EBUSY: a container has
 * installed one already).
 */
int filter_load_with_listener(enum filter filter) must_check;

#endif
