/*
 * The groups of an account, from every name service. The static program is
 * built with static/account_files.c instead. A section of the configuration may
 * narrow a group, so a group that can't be known must not count as none.
 */
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "session/account.h"
#include "session/session.h"

enum {
	FIRST_IDS = 64,
	MOST_IDS = 65536,
	FIRST_ROOM = 4096,    /* for an entry of group(5), ... */
	MOST_ROOM = 64 << 20, /* ... which lists its members */
};

/* Never sure: account_groups asks for all groups at once, which costs less. */
enum account_answer
account_in_group(const struct session *session, const char *name)
{
	(void)session;
	(void)name;
	return ACCOUNT_UNSURE;
}

/* Grows groups->ids to room for count. */
static void
groups_make_room(struct account_groups *groups, int count)
{
	groups->ids =
	    xrealloc(groups->ids, (size_t)count, sizeof(*groups->ids));
}

/* What the name services list for the account. */
static int
list_ids(const struct session *session, struct account_groups *groups)
{
	int room = FIRST_IDS, count = room;

	groups_make_room(groups, room);
	while (getgrouplist(session->user, session->gid, groups->ids, &count) <
	       0) {
		if (count <= room || count > MOST_IDS) {
			errno = E2BIG;
			return -1;
		}
		room = count;
		groups_make_room(groups, room);
	}
	groups->count = (size_t)count;
	return 0;
}

/*
 * ... and those that we run with: getgrouplist(3) passes over a service that it
 * can't ask, but the login could.
 */
static int
add_own_ids(const struct session *session, struct account_groups *groups)
{
	int more = getgroups(0, NULL);

	if (session->uid != getuid())
		return 0;
	if (more < 0)
		return -1;
	groups_make_room(groups, (int)groups->count + more + 1);
	more = getgroups(more, groups->ids + groups->count);
	if (more < 0)
		return -1;
	groups->count += (size_t)more;
	return 0;
}

/*
 * The entry of a name or, where that is NULL, of an id. Returns 0 with *found
 * (NULL: there is none), or -1 with errno. *room is the caller's to free.
 */
static int
find_group(const char *name, gid_t id, struct group *entry,
    struct group **found, char **room)
{
	size_t size = FIRST_ROOM;
	int error = ERANGE;

	for (; error == ERANGE && size <= MOST_ROOM; size *= 4) {
		*room = xrealloc(*room, size, 1);
		error = name != NULL
			    ? getgrnam_r(name, entry, *room, size, found)
			    : getgrgid_r(id, entry, *room, size, found);
	}
	if (*found != NULL || account_is_missing(error))
		return 0;
	errno = error;
	return -1;
}

static int
groups_add_name(struct account_groups *groups, gid_t id)
{
	auto_free char *room = NULL;
	struct group entry, *found = NULL;

	if (find_group(NULL, id, &entry, &found, &room) != 0)
		return -1;
	if (found == NULL ||
	    names_add(&groups->names, found->gr_name, strlen(found->gr_name)))
		return 0;
	errno = E2BIG;
	return -1;
}

int
account_groups_load(const struct session *session,
    struct account_groups *groups)
{
	if (list_ids(session, groups) != 0 || add_own_ids(session, groups) != 0)
		return -1;
	for (size_t i = 0; i < groups->count; i++) {
		if (groups_add_name(groups, groups->ids[i]) != 0)
			return -1;
	}
	return 0;
}

int
account_groups_have(const struct account_groups *groups, const char *name,
    bool *have)
{
	auto_free char *room = NULL;
	struct group entry, *found = NULL;

	*have = true;
	for (size_t i = 0; i < groups->names.count; i++) {
		if (strcmp(groups->names.at[i], name) == 0)
			return 0;
	}
	*have = false;
	/* A second name of an id is told by itself alone. */
	if (find_group(name, 0, &entry, &found, &room) != 0)
		return -1;
	for (size_t i = 0; found != NULL && i < groups->count; i++)
		*have |= groups->ids[i] == found->gr_gid;
	return 0;
}
