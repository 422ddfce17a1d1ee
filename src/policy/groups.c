/* Asks once for all groups of the account, the primary one among them. */
#include "policy/groups.h"

#include <stdlib.h>

int
groups_hold(struct groups *groups, const struct session *session,
    const char *name, bool *holds)
{
	enum account_answer answer =
	    groups->loaded ? ACCOUNT_UNSURE : account_in_group(session, name);

	*holds = answer == ACCOUNT_FOUND;
	if (answer != ACCOUNT_UNSURE)
		return 0;
	if (!groups->loaded && account_groups_load(session, &groups->all) != 0)
		return -1;
	groups->loaded = true;
	return account_groups_have(&groups->all, name, holds);
}

void
groups_free(struct groups *groups)
{
	free(groups->all.ids);
	names_free(&groups->all.names);
	*groups = (struct groups){ .loaded = false };
}
