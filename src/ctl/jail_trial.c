/* The child's answer comes back through memory: a jail has no other way. */
#include "ctl/jail_trial.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/means.h"
#include "program/program.h"

struct trial_answer {
	enum jail_trial result;
	struct jail_report report;
};

static enum jail_trial
try_program(const struct jail_plan *plan, const char *program,
    struct jail_report *report)
{
	char *none[] = { NULL };
	const struct program_command command = { .path = program,
		.argv = none,
		.envp = none,
		.only_tried = true };
	struct program_outcome outcome;

	switch (program_run(plan, &command, report, &outcome)) {
	case PROGRAM_RAN:
		break;
	case PROGRAM_NO_WALLS:
		return TRIAL_LACKS;
	case PROGRAM_UNUSABLE:
		return TRIAL_UNUSABLE;
	}
	return TRIAL_STANDS;
}

static void
try_in_child(const struct jail_plan *plan, const char *program,
    struct trial_answer *answer)
{
	struct jail_report report = { .means = "" };
	enum jail_trial result;

	if (plan->profile == JAIL_PROGRAM)
		result = try_program(plan, program, &report);
	else
		result =
		    jail_enter(plan, &report) == 0 ? TRIAL_STANDS : TRIAL_LACKS;
	answer->report = report;
	answer->result = result;
}

static enum jail_trial
trial_fails(struct jail_report *report, const char *what)
{
	jail_report_lack(report, "%s: %s", what, strerror(errno));
	return TRIAL_LACKS;
}

enum jail_trial
jail_trial(const struct jail_plan *plan, const char *program,
    struct jail_report *report)
{
	struct trial_answer *answer = mmap(NULL, sizeof(*answer),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	enum jail_trial result;
	pid_t pid;

	*report = (struct jail_report){ .means = "" };
	if (answer == MAP_FAILED)
		return trial_fails(report, "memory");
	answer->result = TRIAL_LACKS;
	pid = fork();
	if (pid == 0) {
		try_in_child(plan, program, answer);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0)
		if (errno != EINTR)
			break;
	*report = answer->report;
	result = pid < 0 ? trial_fails(report, "fork") : answer->result;
	munmap(answer, sizeof(*answer));
	if (result == TRIAL_LACKS && report->lack[0] == '\0')
		jail_report_lack(report, "the trial in a child died");
	return result;
}
