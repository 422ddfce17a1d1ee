/* Which jail a session would get: asked by going into it, in a child. */
#ifndef FILESONLY_CTL_JAIL_TRIAL_H
#define FILESONLY_CTL_JAIL_TRIAL_H

#include "base/auto.h"
#include "confine/jail.h"

enum jail_trial {
	TRIAL_STANDS,   /* report->means are its walls */
	TRIAL_LACKS,    /* report->lack says what this kernel has not */
	TRIAL_UNUSABLE, /* ... or why the program can't be executed */
};

/*
 * Goes behind the walls of the plan, whose root is open, by the code that
 * serves; program is what a JAIL_PROGRAM would execute there. Nothing is
 * executed and nothing of this process changes. Fills the report.
 */
enum jail_trial jail_trial(const struct jail_plan *plan, const char *program,
    struct jail_report *report) must_check;

#endif
