/*
 * The system's users and groups for a jail in which its files don't exist:
 * names and ids, nothing else.
 */
#ifndef FILESONLY_CONFINE_PASSWDCOPY_H
#define FILESONLY_CONFINE_PASSWDCOPY_H

#include "base/auto.h"

struct name_list;

/*
 * Writes etc/passwd and etc/group below the working directory from the ones
 * below "/": names, ids and, of a user, the primary group. Members, shells,
 * homes and comments are left out. more: accounts of other name services, which
 * stand behind these, or NULL.
 * Files that the system does not have are passed over. Returns 0, or -1 with
 * errno.
 */
int passwdcopy_write(const struct name_list *more) must_check;

#endif
