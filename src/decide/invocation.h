/*
 * How we were called: as a forced command, as login shell, or as a subsystem
 * of sshd's. This tells which words are the administrator's options and which
 * the client's request.
 */
#ifndef FILESONLY_DECIDE_INVOCATION_H
#define FILESONLY_DECIDE_INVOCATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "request/words.h"

struct invocation {
	int argc; /* our own command line */
	char *const *argv;
	bool is_shell;       /* we are the login shell */
	bool only_narrows;   /* argv (ours, rrsync's or sftp-server's) may be
			      * the client's own work */
	bool is_sftp;        /* the request is SFTP, whatever command says */
	bool is_rc;          /* sshd wants ~/.ssh/rc to be run */
	const char *command; /* the request, untrusted; NULL: a shell */
	struct words words;  /* what argv points into, where only_narrows */
	char **room;         /* argv's memory there */
};

/*
 * Reads argv and SSH_ORIGINAL_COMMAND (original; NULL where it is unset),
 * which both must outlive *invocation. Pure; never fails: what is no command
 * line of ours is a request. invocation_free ends it.
 */
void invocation_read(struct invocation *invocation, int argc, char *const *argv,
    const char *original);
void invocation_free(struct invocation *invocation);

/* Returns true where path's last component is name. */
bool invocation_is_name(const char *path, const char *name);

#endif
