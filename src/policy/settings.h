/*
 * Lines of the configuration that apply to one account, in the order they
 * were read, and what they make of a policy.
 */
#ifndef FILESONLY_POLICY_SETTINGS_H
#define FILESONLY_POLICY_SETTINGS_H

#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"
#include "policy/config_file.h"
#include "policy/policy.h"
#include "session/session.h"

/* Of a section: later ones win. */
enum rank {
	RANK_DEFAULTS,
	RANK_GROUP,
	RANK_USER,
	RANK_PROFILE,
	RANK_COUNT,
	RANK_NOT_OURS, /* another account's */
	RANK_BAD,      /* no section at all */
};

struct setting {
	enum rank rank;
	size_t section; /* the same number on all lines of one section */
	char *key, *value;
	char *place; /* "FILE:LINE: " */
};

/* Starts as {0}; settings_free ends it. */
struct settings {
	struct setting *at;
	size_t count;
};

/* path is the file's, for messages. */
void settings_add(struct settings *settings, enum rank rank, size_t section,
    const char *path, const struct config_line *line);
void settings_free(struct settings *settings);

/*
 * Sets policy (which policy_init made), lower ranks first. In paths %u is the
 * account's name, %h its home. Returns 0, or -1 with "FILE:LINE: why"
 * appended to error: an unknown key, a bad value, a key set twice, keys that
 * can't be held together, no root.
 */
int settings_apply(const struct settings *settings,
    const struct session *session, struct policy *policy,
    struct buf *error) must_check;

/*
 * Sets policy from one of the settings alone. Returns 0, or -1 with the same
 * sentence, without a place, appended to error.
 */
int settings_apply_one(const struct settings *settings,
    const struct setting *setting, const struct session *session,
    struct policy *policy, struct buf *error) must_check;

#endif
