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

#include "base/names.h"
#include "base/xalloc.h"
#include "session/session.h"

enum { FIRST_ROOM = 64, MOST = 65536 };

enum account_answer
account_find(uid_t uid, const char *claim, struct account *account)
{
	const struct passwd *found = NULL;

	if (claim != NULL)
		found = getpwnam(claim);
	if (found == NULL || found->pw_uid != uid)
		found = getpwuid(uid);
	if (found == NULL)
		return ACCOUNT_NONE;
	account->name = found->pw_name;
	account->home = found->pw_dir;
	account->shell = found->pw_shell;
	return ACCOUNT_FOUND;
}

/* Never sure: account_groups asks for all groups at once, which costs less. */
enum account_answer
account_in_group(const struct session *session, const char *name)
{
	(void)session;
	(void)name;
	return ACCOUNT_UNSURE;
}

/* Returns how many there are, or -1; *ids is the caller's to free. */
static int
list_ids(const struct session *session, gid_t **ids)
{
	int room = FIRST_ROOM, count = room;

	*ids = xcalloc((size_t)room, sizeof(**ids));
	while (getgrouplist(session->user, session->gid, *ids, &count) < 0) {
		if (count <= room || count > MOST) {
			errno = E2BIG;
			return -1;
		}
		room = count;
		*ids = xrealloc(*ids, (size_t)room, sizeof(**ids));
	}
	return count;
}

int
account_groups(const struct session *session, struct names *names)
{
	auto_free gid_t *ids = NULL;
	int count = list_ids(session, &ids);

	if (count < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		const struct group *group = getgrgid(ids[i]);

		if (group != NULL &&
		    !names_add(names, group->gr_name, strlen(group->gr_name))) {
			errno = E2BIG;
			return -1;
		}
	}
	return 0;
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
