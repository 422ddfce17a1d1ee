/* Asks NSS once for all groups of the account, the primary one among them. */
#include "core/conf/groups.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "core/session.h"

enum { FIRST_ROOM = 64, MOST = 65536 };

/* Returns how many there are; *ids is the caller's to free. */
static int
list_ids(const struct session *session, gid_t **ids)
{
	int count = FIRST_ROOM;

	*ids = xcalloc((size_t)count, sizeof(**ids));
	while (getgrouplist(session->user, session->gid, *ids, &count) < 0) {
		if (count > MOST)
			return 0;
		*ids = xrealloc(*ids, (size_t)count, sizeof(**ids));
	}
	return count;
}

static void
load(struct groups *groups, const struct session *session)
{
	gid_t *ids;
	int count = list_ids(session, &ids);

	groups->names = xcalloc((size_t)count + 1, sizeof(*groups->names));
	for (int i = 0; i < count; i++) {
		const struct group *group = getgrgid(ids[i]);

		if (group != NULL)
			groups->names[groups->count++] =
			    xstrdup(group->gr_name);
	}
	free(ids);
	groups->loaded = true;
}

bool
groups_hold(struct groups *groups, const struct session *session,
    const char *name)
{
	if (!groups->loaded)
		load(groups, session);
	for (size_t i = 0; i < groups->count; i++) {
		if (strcmp(groups->names[i], name) == 0)
			return true;
	}
	return false;
}

void
groups_free(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		free(groups->names[i]);
	free(groups->names);
	*groups = (struct groups){ 0 };
}
