/*
 * What the system knows of an account. There are two implementations of
 * these functions, one to a program: account.c asks NSS, account_files.c, for
 * the static program, reads the files of /etc, and where their answer may not
 * be NSS's it lets the dynamic program begin anew in its place (twin.h).
 */
#ifndef FILESONLY_CORE_ACCOUNT_H
#define FILESONLY_CORE_ACCOUNT_H

#include <sys/types.h>

#include "base/auto.h"

struct session;
struct texts;

enum { ACCOUNT_ROOM = 8192 };

struct account {
	const char *name, *home, *shell; /* in room, or the C library's */
	char room[ACCOUNT_ROOM];
};

/* Who is looked for, and how this process was started, for the twin. */
struct account_ask {
	uid_t uid;
	const char *claim; /* a name that is preferred if it has this uid */
	char *const *argv; /* NULL: there is no twin */
	char *const *envp;
};

enum account_answer {
	ACCOUNT_FOUND,
	ACCOUNT_NONE,   /* nobody has this uid; or: not in the group */
	ACCOUNT_UNSURE, /* a name service that can't be asked might know */
};

/*
 * Of several accounts with one uid it takes the claim, if that is one of
 * them. Fills account where it is found.
 */
enum account_answer account_find(const struct account_ask *ask,
    struct account *account) must_check;

/*
 * Is the session's account surely in the group of this name, or surely not?
 * Unsure: account_groups knows.
 */
enum account_answer account_in_group(const struct session *session,
    const char *name) must_check;

/*
 * Appends the names of all groups of the session's account, the primary one
 * among them. Returns 0, or -1 with errno where they can't be known; ENOSYS:
 * there is no twin that could ask.
 */
int account_groups(const struct session *session,
    struct texts *names) must_check;

#endif
