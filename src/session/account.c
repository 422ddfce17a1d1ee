/*
 * Asks every name service that /etc/nsswitch.conf lists. The static program is
 * built with static/account_files.c instead.
 */
#include "session/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

const char account_unsure[] =
    "the system's name services can't tell who the account is (getpwuid(3))";

enum account_answer
account_find(uid_t uid, const char *claim, struct account *account)
{
	struct passwd entry, *found = NULL;
	int error = 0;

	if (claim != NULL)
		error = getpwnam_r(claim, &entry, account->room,
		    sizeof(account->room), &found);
	if (account_is_missing(error) &&
	    (found == NULL || found->pw_uid != uid))
		error = getpwuid_r(uid, &entry, account->room,
		    sizeof(account->room), &found);
	if (found == NULL)
		return account_is_missing(error) ? ACCOUNT_NONE
						 : ACCOUNT_UNSURE;
	account->name = found->pw_name;
	account->home = found->pw_dir;
	account->shell = found->pw_shell;
	return ACCOUNT_FOUND;
}

bool
account_name(enum account_kind kind, unsigned id, char *name, size_t size)
{
	const struct passwd *user = NULL;
	const struct group *group = NULL;
	const char *found;

	if (kind == ACCOUNT_USER)
		user = getpwuid(id);
	else
		group = getgrgid(id);
	if (user == NULL && group == NULL)
		return false;
	found = user != NULL ? user->pw_name : group->gr_name;
	if (strlen(found) >= size)
		return false;
	memcpy(name, found, strlen(found) + 1);
	return true;
}

/* A name that would be another line, or another field, is none. */
static bool
is_listable(const char *name)
{
	return name[0] != '\0' && strpbrk(name, ":\n") == NULL;
}

static long
list_users(FILE *to)
{
	const struct passwd *user;
	long count = 0;

	setpwent();
	while ((user = getpwent()) != NULL) {
		if (is_listable(user->pw_name) &&
		    fprintf(to, "%s:x:%u:%u:::\n", user->pw_name, user->pw_uid,
			user->pw_gid) > 0)
			count++;
	}
	endpwent();
	return count;
}

static long
list_groups(FILE *to)
{
	const struct group *group;
	long count = 0;

	setgrent();
	while ((group = getgrent()) != NULL) {
		if (is_listable(group->gr_name) &&
		    fprintf(to, "%s:x:%u:\n", group->gr_name, group->gr_gid) >
			0)
			count++;
	}
	endgrent();
	return count;
}

long
account_list(enum account_kind kind, FILE *to)
{
	return kind == ACCOUNT_USER ? list_users(to) : list_groups(to);
}
