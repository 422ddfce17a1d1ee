/*
 * The jail of internal subsystems: the root's tree and what is open already,
 * for good. Programs have theirs in supervise.c.
 */
#include "core/jail/jail.h"

#include <errno.h>
#include <sys/prctl.h>

#include "base/errtext.h"
#include "core/jail/filter.h"
#include "core/jail/profile.h"
#include "core/jail/walls.h"

static int
load_filter(const struct jail_plan *plan, struct jail_report *report)
{
	const struct profile *profile =
	    profile_of(plan->profile, plan->policy->mode);

	if (filter_load(profile->filter) == 0) {
		walls_report(report, "seccomp");
		return 0;
	}
	walls_lack(report, "seccomp: %s", error_text(errno));
	return plan->policy->confine == CONFINE_PREFER ? 0 : -1;
}

int
jail_enter(const struct jail_plan *plan, struct jail_report *report)
{
	struct walls walls;

	*report = (struct jail_report){ .means = "" };
	walls_choose(&walls, plan->policy, plan->profile);
	if (walls_enter(&walls, plan, NULL, report) != 0)
		return -1;
	/* Not before: id maps are written by who may be dumped. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		walls_lack(report, "dumpable: %s", error_text(errno));
		return -1;
	}
	return load_filter(plan, report);
}

bool
jail_has_namespace(const struct policy *policy)
{
	struct walls walls;

	walls_choose(&walls, policy, JAIL_PROGRAM);
	return walls.space != SPACE_OURS;
}

bool
jail_has_log(const struct policy *policy)
{
	struct walls walls;

	walls_choose(&walls, policy, JAIL_PROGRAM);
	return walls.listener;
}
