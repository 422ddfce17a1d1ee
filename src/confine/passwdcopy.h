/*
 * The system's users and groups for a jail in which its files don't exist:
 * names and ids, nothing else.
 */
#ifndef FILESONLY_CONFINE_PASSWDCOPY_H
#define FILESONLY_CONFINE_PASSWDCOPY_H

#include "base/auto.h"

/*
 * Writes etc/passwd and etc/group below the working directory from the ones
 * below "/": names, ids and, of a user, the primary group. Members, shells,
 * homes and comments are left out, and so are names from elsewhere (LDAP).
 * Files that the system does not have are passed over. Returns 0, or -1 with
 * errno.
 */
int passwdcopy_write(void) must_check;

#endif
