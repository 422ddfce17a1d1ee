/*
 * The configuration: filesonly.conf, conf.d beside it, and the account's own
 * file in users.d (filesonly.conf(5)). An account's session depends on the
 * sections that apply to it, and on no other's.
 */
#ifndef FILESONLY_POLICY_CONFIG_H
#define FILESONLY_POLICY_CONFIG_H

#include "base/auto.h"
#include "base/buf.h"
#include "policy/policy.h"
#include "session/session.h"

#define CONFIG_FILE SYSCONFDIR "/filesonly.conf"

/* Where a policy came from. */
struct config_origin {
	const char *file; /* the configuration that gave it (borrowed from the
			   * ask); NULL: it was the command line */
	bool by_root;     /* ... is root's; else the account may own it */
};

struct config_ask {
	const struct session *session; /* whose sections, %u and %h */
	const char *file;              /* --config; NULL: CONFIG_FILE */
	const char *profile;           /* NULL: none */
};

/*
 * Sets policy (which policy_init made) from the sections that apply:
 * [defaults], [group ...] of the account in the files' order, [user NAME],
 * [profile NAME]; later ones win, and so do later files within each.
 *
 * Files belong to root, nobody else may write them. With --config they may
 * also belong to the account that we run as, as its authorized_keys do; then
 * *origin says so, and they must not lie in a writable root.
 *
 * Returns 0, or -1 with "FILE:LINE: why" appended to error.
 */
int config_load(struct policy *policy, const struct config_ask *ask,
    struct config_origin *origin, struct buf *error) must_check;

#endif
