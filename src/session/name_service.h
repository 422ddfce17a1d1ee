/*
 * Names of users and groups that are in no file of /etc (LDAP, SSSD, winbind),
 * for sessions that will be behind walls: asked one by one of a small process
 * that stays outside, or listed before.
 */
#ifndef FILESONLY_SESSION_NAME_SERVICE_H
#define FILESONLY_SESSION_NAME_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "session/account.h"

/* Does the machine ask other services than /etc/passwd and /etc/group? */
bool name_service_is_there(void) must_check;

struct name_service {
	int socket; /* owned; -1: there is none, or it gave no answer */
};

/*
 * Starts the process. Returns 0, or -1 with errno; name_service_end ends it in
 * any case.
 */
int name_service_start(struct name_service *service) must_check;
void name_service_end(struct name_service *service);

/*
 * Asks for the name of an id. Returns false where it has none. A service that
 * says nothing for two seconds is not asked again.
 */
bool name_service_find(struct name_service *service, enum account_kind kind,
    unsigned id, char *name, size_t size) must_check;

/* All accounts that the services list, as lines of passwd(5) and group(5). */
struct name_list {
	char *text[2]; /* by enum account_kind; owned; never NULL once loaded */
	bool complete; /* false: there may be accounts that are not listed */
};

/*
 * Loads the list, for ten seconds at most. Services that keep their accounts on
 * other machines often list none: then it is not complete. name_list_free ends
 * it.
 */
void name_list_load(struct name_list *list);
void name_list_free(struct name_list *list);

#endif
