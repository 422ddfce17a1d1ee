/*
 * Answers a jailed program's seccomp notifications: its one execve, and the
 * calls that set metadata, which Landlock does not mediate: by path, and by
 * descriptor, since its libraries and what else it may read lie outside the
 * root (but fchmod where none of that is the account's). Each is carried out on
 * a pinned descriptor that was proved to lie in the root, or fails
 * (seccomp_unotify(2)).
 *
 * In create-only all changes of names come here, too. What the program makes is
 * made here and handed over, so that what is its own is known; changing the
 * name of anything else is EPERM, and its metadata is answered and left as it
 * is.
 *
 * Where another process has the attributes (attribute_process.h) all calls that
 * read or change them come here, too.
 *
 * Root's program that restores devices where no namespace takes their life is
 * given neither the right to make one nor an open one: we make them, and open
 * for it what it asks for.
 *
 * Signals come here, too: where no namespace holds the program they reach its
 * own processes alone.
 *
 * What lies above the root is passed by descriptors of its own (ancestors.h).
 *
 * What is opened as a log is (O_APPEND, created where it is not there) comes
 * here, too: the program's log is given to it as an open descriptor, whatever
 * lies at its name.
 */
#ifndef FILESONLY_BROKER_BROKER_H
#define FILESONLY_BROKER_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "broker/pidfds.h"
#include "broker/tracee.h"

struct attributes;
struct create_only;
struct root;
struct seccomp_notif;
struct seccomp_notif_resp;
struct ancestors;

struct broker {
	int listener;      /* owned; -1: none */
	int proc;          /* /proc; borrowed, like both below */
	struct root *root; /* in which all that is done must lie */
	struct create_only *create_only;     /* NULL: all may be changed */
	const struct attributes *attributes; /* whose they are, or NULL */
	bool restores;                       /* see below */
	const struct ancestors *ancestors;   /* what lies above, or NULL */
	pid_t launcher;  /* who may execute once, and leads its group */
	bool signals;    /* only those to its group are let through */
	const char *log; /* the name of the log, or NULL; borrowed */
	int log_fd;      /* what the program gets for it; borrowed */
	bool log_given;
	bool exec_done;
	bool answered; /* the request in hand, by handing over */
	struct pidfds pidfds;
	struct tracee_ahead ahead;           /* of the request in hand */
	size_t request_size;                 /* the kernel's */
	struct seccomp_notif *request;       /* at least that long */
	struct seccomp_notif_resp *response; /* likewise */
};

/* What a broker works with: see above. */
struct broker_parts {
	int listener;
	int proc;
	struct root *root;
	struct create_only *create_only;
	const struct attributes *attributes;
	bool restores;
	const struct ancestors *ancestors;
	pid_t launcher;
	bool signals;
	const char *log;
	int log_fd;
};

/*
 * Takes over the listener (-1: none, broker_serve is not called then); our
 * working directory must be /proc where anything is brokered. Returns 0, or
 * -1 with errno. broker_close ends it in any case.
 */
int broker_open(struct broker *broker,
    const struct broker_parts *parts) must_check;
void broker_close(struct broker *broker);

/* Can what the launcher names be read at all? Else errno says why not. */
bool broker_can_read(const struct broker *broker) must_check;

/* Receives one notification and answers it; for when the listener is ready. */
void broker_serve(struct broker *broker);

#endif
