/* Asks once for all groups of the account, the primary one among them. */
#include "policy/groups.h"

#include <string.h>

#include "session/account.h"

int
groups_hold(struct groups *groups, const struct session *session,
    const char *name, bool *holds)
{
	enum account_answer answer =
	    groups->loaded ? ACCOUNT_UNSURE : account_in_group(session, name);

	*holds = answer == ACCOUNT_FOUND;
	if (answer != ACCOUNT_UNSURE)
		return 0;
	if (!groups->loaded && account_groups(session, &groups->names) != 0)
		return -1;
	groups->loaded = true;
	for (size_t i = 0; i < groups->names.count; i++) {
		if (strcmp(groups->names.at[i], name) == 0)
			*holds = true;
	}
	return 0;
}

void
groups_free(struct groups *groups)
{
	names_free(&groups->names);
	*groups = (struct groups){ 0 };
}
