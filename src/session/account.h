/*
 * What the system knows of an account. There are two implementations of
 * these functions, one to a program: session/account.c and account_groups.c
 * ask NSS; with STATIC=1 static/account_files.c reads /etc/passwd and
 * /etc/group, and is unsure where another name service might say something
 * else.
 */
#ifndef FILESONLY_SESSION_ACCOUNT_H
#define FILESONLY_SESSION_ACCOUNT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/names.h"

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
 * Does the result of getpwnam_r(3) and its like mean that no service has the
 * entry? All others mean that one could not be asked.
 */
static inline bool
account_is_missing(int result)
{
	return result == 0 || result == ENOENT || result == ESRCH ||
	       result == EBADF || result == EPERM;
}

/* Why account_find is unsure, for the administrator. */
extern const char account_unsure[];

/*
 * Returns ACCOUNT_FOUND where the session's account is surely in the group of
 * this name, ACCOUNT_NONE where it surely is not, else ACCOUNT_UNSURE: load
 * all of its groups.
 */
enum account_answer account_in_group(const struct session *session,
    const char *name) must_check;

/* An account's groups, the primary one among them. Starts as {0}; who has it
 * frees ids and names. */
struct account_groups {
	gid_t *ids;
	size_t count;
	struct names names; /* of each id that has one: its first */
};

/*
 * Loads what the name services list for the session's account and, where we
 * run as it, what the login gave us. Returns 0, or -1 with errno where they
 * can't be known: ENOSYS in the static program, E2BIG for more than anybody
 * has.
 */
int account_groups_load(const struct session *session,
    struct account_groups *groups) must_check;

/*
 * Sets *have where one of the loaded groups has this name, be it the second of
 * its id. Returns 0, or -1 with errno where that can't be known.
 */
int account_groups_have(const struct account_groups *groups, const char *name,
    bool *have) must_check;

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
