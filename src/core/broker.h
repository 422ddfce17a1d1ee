/*
 * Answers a jailed program's seccomp notifications: its one execve, and the
 * metadata calls that name a file by path, which Landlock does not mediate.
 * Each is carried out on a pinned descriptor that was proved to lie in the
 * root, or fails (seccomp_unotify(2)).
 */
#ifndef FILESONLY_CORE_BROKER_H
#define FILESONLY_CORE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"

struct root;
struct seccomp_notif;
struct seccomp_notif_resp;

struct broker {
	int listener;      /* owned; -1: none */
	struct root *root; /* borrowed */
	pid_t launcher;    /* who may execute once */
	bool exec_done;
	size_t request_size;                 /* the kernel's */
	struct seccomp_notif *request;       /* at least that long */
	struct seccomp_notif_resp *response; /* likewise */
};

/*
 * Takes over a listener (-1: none, broker_serve is not called then). Returns
 * 0, or -1 with errno. broker_close ends it in any case.
 */
int broker_open(struct broker *broker, int listener, struct root *root,
    pid_t launcher) must_check;
void broker_close(struct broker *broker);

/* Can what the launcher names be read at all? Else errno says why not. */
bool broker_can_read(const struct broker *broker) must_check;

/* Receives one notification and answers it; for when the listener is ready. */
void broker_serve(struct broker *broker);

#endif
