/*
 * The child that becomes the program: loads its filter, hands the listener to
 * its supervisor, waits for the word and executes, once.
 */
#ifndef FILESONLY_PROGRAM_CHILD_H
#define FILESONLY_PROGRAM_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "confine/caps.h"
#include "confine/filter.h"
#include "program/program.h"

struct child_plan {
	const struct program_command *command;
	int directory;       /* where the program starts */
	int landlock;        /* the ABI in use, or 0 */
	bool listener;       /* the filter notifies */
	bool without_filter; /* go on where a filter can't be had */
	bool no_symlinks;    /* none is made by it; Landlock, too, holds both */
	bool no_nodes;       /* no device, pipe or socket */
	bool reduced;        /* less capabilities than its supervisor's: ... */
	enum caps_keep caps; /* ... these */
	const int *streams;  /* the program's 0 and 1; NULL: ours */
	enum filter filter;
};

struct child {
	pid_t pid;
	int socket;       /* to the child; end of file once it has executed */
	int listener;     /* or -1 */
	bool filtered;    /* false: without_filter, and it could not be had */
	int error;        /* errno where the child failed, or 0 */
	const char *step; /* at what */
};

/*
 * Starts the child up to the point where its walls stand. Returns 0, or -1
 * with launched->error and step, and no child left. The caller owns socket
 * and listener.
 */
int child_start(const struct child_plan *launch,
    struct child *launched) must_check;

/* Gives the word to execute. Returns 0, or -1 with errno. */
int child_go(const struct child *launched) must_check;

/*
 * For when the socket is readable: returns true once the program runs, false
 * with error and step where execve failed.
 */
bool child_has_executed(struct child *launched) must_check;

#endif
