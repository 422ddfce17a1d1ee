/*
 * A private mount namespace in which what lies outside the root does not
 * exist: the root's tree (nosuid, nodev, noexec) and, for a program, the
 * files that it needs to start. For root; for others by way of a user
 * namespace, in which owners other than their own show as nobody.
 */
#ifndef FILESONLY_CONFINE_MOUNTNS_H
#define FILESONLY_CONFINE_MOUNTNS_H

#include <stdbool.h>

#include "base/auto.h"

struct keeper;
struct name_list;
struct needed_files;

/* Where a program finds the root's tree, unless that is "/"; it starts there.
 */
#define MOUNTNS_PLACE "/r"

/* Where it finds its own processes: libc's chmod of a symlink needs it. */
#define MOUNTNS_PROC "/proc"

/* Where it finds the names of users and groups, if the plan has names. */
#define MOUNTNS_PASSWD "/etc/passwd"
#define MOUNTNS_GROUP "/etc/group"

struct mountns_plan {
	int root_fd;          /* the root's directory, borrowed */
	bool user_namespace;  /* enter one first: we are not root */
	bool read_only;       /* nothing in the tree can be changed */
	bool one_file_system; /* mounts below the root are left out: what
			       * lies under them shows */
	const struct name_list
	    *more_names; /* ... and of other name services, or NULL */
	bool names;      /* make up a passwd and group file with names
			  * and ids only, from the system's */
	bool whole;      /* the root is the machine's "/", and holds the
			  * program's files itself: it stays "/", and what
			  * is in it can be executed */
	bool live;       /* internal subsystems: not a copy of the root's
			  * mounts with less rights, but the directory as
			  * the machine has it: what is mounted there
			  * later is seen, what is unmounted is free */
	bool still;      /* nothing that the machine mounts later comes
			  * into the copy */
	const struct needed_files
	    *files;            /* a program's, readable and not
				* noexec; NULL: none, and the tree itself is
				* "/" (internal subsystems) */
	const char *own[2];    /* absolute paths that lead to the root on the
				* machine, or NULL: they do so for a program,
				* too, since symlinks may be written so */
	struct keeper *keeper; /* a program's: a PID namespace is entered by
				* its children, too, and this one keeps it */
};

/*
 * The machine's /proc, as mounts of no namespace: no ".." leads out of them.
 * -1 where there is none.
 */
struct mountns_kept {
	int own_fds; /* /proc/self/fd, O_PATH */
	int proc;    /* all of it, for a program's supervisor; else -1 */
};

/*
 * Moves this process (which must have one thread) into the namespace for
 * good; its working directory is the root's tree afterwards. Descriptors from
 * before still lead to where they led: the caller closes them, and opens
 * again what it needs (root_reopen). *kept is the caller's. Must come before
 * landlock_restrict (a landlocked task may not mount) and caps_reduce.
 *
 * Returns 0, or -1 with errno and in *step what could not be done, in a few
 * words: the process is in an undefined state then and must not go on. So
 * ask mountns_probe first, or enter in a child.
 */
int mountns_enter(const struct mountns_plan *plan, struct mountns_kept *kept,
    const char **step) must_check;

/*
 * Returns true where what the machine mounts later below fd's directory comes
 * into a copy of its mounts, since they are shared. Needs /proc.
 */
bool mountns_follows(int fd) must_check;

/*
 * Does in a child all that needs permission (namespaces, maps, a mount),
 * because no setting of the kernel tells beforehand. Returns 0, or -1 with
 * errno and the step as mountns_enter.
 */
int mountns_probe(bool user_namespace, const char **step) must_check;

#endif
