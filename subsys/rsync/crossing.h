/*
 * The key one-file-system, where no namespace leaves out what is mounted below
 * the root: rsync's own -x keeps a sender from going on into it, and no more.
 * So a path that is named must not lead there, and what names its files only
 * in the protocol is not served where it could.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_CROSSING_H
#define FILESONLY_SUBSYS_RSYNC_CROSSING_H

#include <stdbool.h>

#include "request/refusal.h"
#include "root/root.h"

struct making;

/* Does a path that stays inside lead to another mount? */
bool crossing_is(const struct making *making, const char *path,
    enum follow follow);

/* Of a receiver, and of a sender with a list; the destination is known. */
enum refusal crossing_judge(const struct making *making);

#endif
