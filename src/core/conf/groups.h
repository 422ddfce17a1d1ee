/* An account's groups by name, from any source that NSS knows. */
#ifndef FILESONLY_CORE_CONF_GROUPS_H
#define FILESONLY_CORE_CONF_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

struct session;

/* Starts as {0}: NSS is asked only when the first name is. */
struct groups {
	char **names;
	size_t count;
	bool loaded;
};

/* Returns true where the account of the session is in the group. */
bool groups_hold(struct groups *groups, const struct session *session,
    const char *name);

void groups_free(struct groups *groups);

#endif
