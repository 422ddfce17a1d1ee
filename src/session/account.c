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
