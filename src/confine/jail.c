/*
 * The jail of internal subsystems: the root's tree and what is open already,
 * for good. Programs have theirs in supervise.c.
 */
#include "confine/jail.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "confine/filter.h"
#include "confine/means.h"
#include "confine/profiles.h"

static int
load_filter(const struct jail_plan *plan, struct jail_report *report)
{
	const struct profile *profile =
	    profile_of(plan->profile, plan->policy->mode);

	if (filter_load(profile->filter) == 0) {
		jail_report_add(report, "seccomp");
		return 0;
	}
	jail_report_lack(report, "seccomp: %s", strerror(errno));
	return plan->policy->confine == CONFINE_PREFER ? 0 : -1;
}

int
jail_enter(const struct jail_plan *plan, struct jail_report *report)
{
	*report = (struct jail_report){ .means = "" };
	if (means_enter(plan, NULL, report) != 0)
		return -1;
	/* Not before: id maps are written by who may be dumped. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		jail_report_lack(report, "dumpable: %s", strerror(errno));
		return -1;
	}
	return load_filter(plan, report);
}
