/*
 * Names that tell the contents (root/digest_names.h), where a program gives
 * them: it does so by a rename or a link of what is whole, or not at all.
 */
#ifndef FILESONLY_BROKER_ACT_VERIFY_H
#define FILESONLY_BROKER_ACT_VERIFY_H

#include <stdbool.h>

#include "base/auto.h"

struct act;

/*
 * What has a name in a pinned directory is to get another, or what is pinned a
 * further one. Returns 0, or -1 with the errno that the caller is to get; *held
 * (-1 before) is the file that was read, where one had to be, and is not
 * written by anyone until it is closed.
 */
int act_verify_rename(const struct act *act, int dir, const char *from,
    const char *to, int *held) must_check;
int act_verify_link(const struct act *act, int pinned, const char *to,
    int *held) must_check;

/* Does the name stand for the file that was held, if one was? */
bool act_verify_is_held(int dir, const char *to, int held) must_check;

/* Refuses to make a file under such a name: it would be filled afterwards. */
int act_verify_new(const struct act *act, const char *name) must_check;

/* May what is open for writing, below a free directory, be changed there? */
int act_verify_change(const struct act *act, int fd) must_check;

#endif
