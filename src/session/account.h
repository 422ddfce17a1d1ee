/*
 * What the system knows of an account. There are two implementations of
 * these functions, one to a program: session/account.c asks NSS; with STATIC=1
 * static/account_files.c reads /etc/passwd and /etc/group, and is unsure where
 * another name service might say something else.
 */
#ifndef FILESONLY_SESSION_ACCOUNT_H
#define FILESONLY_SESSION_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/auto.h"

struct names;
struct session;

enum { ACCOUNT_ROOM = 8192 };

struct account {
	const char *name, *home, *shell; /* in room, or the C library's */
	char room[ACCOUNT_ROOM];
};

enum account_answer {
	ACCOUNT_FOUND,
	ACCOUNT_NONE,   /* nobody has this uid; or: not in the group */
	ACCOUNT_UNSURE, /* a name service that can't be asked might know */
};

/*
 * Fills account for a uid, where it is found. Of several accounts with one uid
 * it takes the claim (a name, or NULL), if that is one of them.
 */
enum account_answer account_find(uid_t uid, const char *claim,
    struct account *account) must_check;

/*
 * Returns ACCOUNT_FOUND where the session's account is surely in the group of
 * this name, ACCOUNT_NONE where it surely is not, else ACCOUNT_UNSURE: ask
 * account_groups.
 */
enum account_answer account_in_group(const struct session *session,
    const char *name) must_check;

/*
 * Appends the names of all groups of the session's account, the primary one
 * among them. Returns 0, or -1 with errno where they can't be known: ENOSYS in
 * the static program, E2BIG for more than anybody has.
 */
int account_groups(const struct session *session,
    struct names *names) must_check;

enum account_kind { ACCOUNT_USER, ACCOUNT_GROUP };

/*
 * The name of an id, by every name service. Returns false where it has none or
 * it doesn't fit; in the static program always.
 */
bool account_name(enum account_kind kind, unsigned id, char *name,
    size_t size) must_check;

/*
 * Writes all that the name services list, a line each: "name:x:uid:gid:::" or
 * "name:x:gid:". Returns how many, or -1: the static program can't ask.
 */
long account_list(enum account_kind kind, FILE *to) must_check;

#endif
