/*
 * Reads the configuration by the very steps of the session's start. One that
 * can't be read ends nothing: it is being edited, or refuses the next session.
 * But what it has said of the session's end still holds.
 */
#include "gate/login_watch.h"

#include <limits.h>
#include <time.h>

#include "policy/policy.h"

static enum watch_verdict
login_look(const void *context, int64_t *until)
{
	const struct login *login = context;
	not_zeroed char room[PATH_MAX + 1024];
	enum refusal shut = REFUSE_NOTHING;
	struct session_policy granted;
	struct options options;
	struct buf error;

	buf_init(&error, room, sizeof(room) - 1);
	if (policy_source_load(login->invocation, login->session, &options,
		&granted, &error) == LOADED) {
		*until = (int64_t)granted.policy.expires;
		shut = policy_shut(&granted.policy, time(NULL));
	} else if (*until != 0 && time(NULL) >= *until) {
		shut = REFUSE_EXPIRED;
	}
	session_policy_free(&granted);
	if (shut == REFUSE_NOTHING)
		return WATCH_GOES_ON;
	return shut == REFUSE_DISABLED ? WATCH_DISABLED : WATCH_EXPIRED;
}

int
login_watch_start(struct watch *watch, const struct login *login,
    const struct session_policy *granted)
{
	const struct policy *policy = &granted->policy;

	watch->fd = -1;
	if (granted->origin.file == NULL && policy->expires == 0)
		return 0;
	return watch_start(watch, login_look, login,
	    (uint64_t)policy->recheck * 1000, (int64_t)policy->expires);
}
