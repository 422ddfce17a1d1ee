/*
 * Runs a program behind the means. From the launch on we are confined, too,
 * by the same Landlock domain and a filter of our own, since a supervisor
 * reads what a hostile program says.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "confine/caps.h"
#include "confine/filter.h"
#include "confine/means.h"
#include "confine/profiles.h"
#include "program/elf.h"
#include "program/program.h"
#include "program/supervise.h"
#include "root/root.h"

/* Standard input and output are the program's alone, or no peer would ever
 * see their end. */
static int
let_go_of_streams(int null)
{
	return dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0
		   ? -1
		   : 0;
}

static enum filter
filter_for(const struct means *means, const struct profile *profile)
{
	if (!means->listener)
		return profile->deaf;
	return means->view == VIEW_HOST ? profile->brokered : profile->filter;
}

/* The filter itself holds create-only: there is nothing to prefer. */
static bool
may_go_unfiltered(const struct policy *policy)
{
	return policy->confine == CONFINE_PREFER &&
	       policy->mode != MODE_CREATE_ONLY;
}

/* Does the supervisor itself do what the program asks for? */
static bool
carries_out(const struct child_plan *launch)
{
	return launch->filter == FILTER_PROGRAM_BROKERED ||
	       launch->filter == FILTER_PROGRAM_CREATE_ONLY;
}

/* The child is held before its execve; the walls around both are finished. */
static int
finish_walls(struct supervisor *supervisor, const struct child_plan *launch,
    const struct jail_plan *plan, struct jail_report *report, int null)
{
	const struct broker_parts parts = {
		.listener = supervisor->child.listener,
		.proc = supervisor->proc,
		.root = plan->root,
		.create_only = launch->filter == FILTER_PROGRAM_CREATE_ONLY
				   ? &supervisor->create_only
				   : NULL,
		.launcher = supervisor->child.pid,
		.log = supervisor->log.from < 0 ? NULL : launch->command->log,
		.log_fd = supervisor->log.to,
	};

	supervisor->child.listener = -1;
	/* Descriptors have a path from /proc, wherever we are. */
	if (broker_open(&supervisor->broker, &parts) != 0 ||
	    fchdir(supervisor->proc) != 0 || let_go_of_streams(null) != 0) {
		jail_report_lack(report, "the supervisor: %s", strerror(errno));
		return -1;
	}
	if (carries_out(launch) && !broker_can_read(&supervisor->broker)) {
		jail_report_lack(report, "a program's memory can't be read: %s",
		    strerror(errno));
		return -1;
	}
	/* Who only waits and signals its own child needs no power for it. */
	if (!carries_out(launch) && caps_reduce(CAPS_NONE) != 0) {
		jail_report_lack(report, "capabilities: %s", strerror(errno));
		return -1;
	}
	if (!supervisor->child.filtered) {
		jail_report_lack(report, "seccomp: %s", "not available");
		return 0;
	}
	if (filter_load(
		profile_of(plan->profile, plan->policy->mode)->supervisor) !=
	    0) {
		jail_report_lack(report, "seccomp: %s", strerror(errno));
		return -1;
	}
	jail_report_add(report, "seccomp");
	if (launch->filter == FILTER_PROGRAM_BROKERED)
		jail_report_add(report, "broker");
	if (launch->filter == FILTER_PROGRAM_CREATE_ONLY) {
		supervisor->look = 1; /* at once */
		jail_report_add(report, "guard");
	}
	return 0;
}

static int
supervise(struct supervisor *supervisor, const struct child_plan *launch,
    const struct jail_plan *plan, struct jail_report *report, int null)
{
	const struct program_command *command = launch->command;

	if (child_start(launch, &supervisor->child) != 0) {
		jail_report_lack(report, "%s: %s", supervisor->child.step,
		    strerror(supervisor->child.error));
		return -1;
	}
	relay_begin(&supervisor->relay);
	if (finish_walls(supervisor, launch, plan, report, null) != 0)
		return -1;
	if (command->entered != NULL)
		command->entered(command->context, report);
	if (child_go(&supervisor->child) != 0) {
		jail_report_lack(report, "the program's start: %s",
		    strerror(errno));
		return -1;
	}
	supervisor_stay(supervisor);
	if (supervisor->child.error != 0) {
		jail_report_lack(report, "%s %s: %s", supervisor->child.step,
		    command->path, strerror(supervisor->child.error));
		return -1;
	}
	return 0;
}

static int
resolve(struct needed_files *files, const struct program_command *command,
    struct jail_report *report)
{
	if (elf_resolve(files, command->path) != 0 ||
	    (!files->complete && elf_add_directories(files) != 0) ||
	    (command->gconv && elf_add_gconv(files) != 0) ||
	    needed_files_add(files, "/dev/urandom", LL_READ_FILE) != 0) {
		jail_report_lack(report, "can't run %s: %s", command->path,
		    strerror(errno));
		return -1;
	}
	return 0;
}

static int
run_behind_walls(const struct jail_plan *plan,
    const struct program_command *command, const struct needed_files *files,
    struct jail_report *report, struct program_outcome *outcome)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int signals = supervisor_catch_signals();
	struct supervisor supervisor = { .signals = signals,
		.proc = proc,
		.ends = command->ends,
		.child = { .pid = -1, .socket = -1, .listener = -1 },
		.broker = { .listener = -1 },
		.log = { .from = -1, .to = -1 },
		.relay = { .program = { -1, -1 },
		    .streams = { { -1, -1, false, 0 },
			{ -1, -1, false, 0 } } } };
	struct child_plan launch = { .command = command,
		.without_filter = may_go_unfiltered(plan->policy) };
	const struct profile *profile =
	    profile_of(plan->profile, plan->policy->mode);
	const struct means *means = plan->means;
	int result;

	if (null < 0 || proc < 0 || signals < 0) {
		jail_report_lack(report, "the supervisor: %s", strerror(errno));
		return -1;
	}
	launch.filter = filter_for(means, profile);
	if (launch.filter == FILTER_COUNT) {
		jail_report_lack(report, "%s: %s", profile->name,
		    means->no_broker);
		return -1;
	}
	if (means_enter(plan, files, report) != 0)
		return -1;
	own_init(&supervisor.create_only.own, plan->session,
	    plan->policy->own_window, plan->root);
	launch.directory = plan->root->fd;
	launch.landlock = means->landlock;
	launch.listener = means->listener;
	if (command->pace != NULL)
		launch.streams = supervisor.relay.program;
	if (program_log_open(&supervisor.log, command) != 0 ||
	    relay_open(&supervisor.relay, command->pace) != 0) {
		jail_report_lack(report, "the program's pipes: %s",
		    strerror(errno));
		result = -1;
	} else {
		result = supervise(&supervisor, &launch, plan, report, null);
	}
	supervisor_end(&supervisor);
	(void)!program_log_take(&supervisor.log);
	outcome->log_opened = supervisor.broker.log_given;
	program_log_close(&supervisor.log);
	relay_close(&supervisor.relay);
	auto_close_fd(&supervisor.child.socket);
	auto_close_fd(&supervisor.child.listener);
	broker_close(&supervisor.broker);
	outcome->status = supervisor.status;
	outcome->timed_out = supervisor.timed_out;
	outcome->hit = supervisor.hit;
	outcome->in = supervisor.relay.streams[PACE_IN].moved;
	outcome->out = supervisor.relay.streams[PACE_OUT].moved;
	outcome->kept = supervisor.create_only.kept;
	own_free(&supervisor.create_only.own);
	return result;
}

int
program_run(const struct jail_plan *plan, const struct program_command *command,
    struct jail_report *report, struct program_outcome *outcome)
{
	struct needed_files files = { .at = NULL };
	int result;

	*report = (struct jail_report){ .means = "" };
	*outcome = (struct program_outcome){ .status = 0 };
	result = resolve(&files, command, report);
	if (result == 0)
		result =
		    run_behind_walls(plan, command, &files, report, outcome);
	needed_files_free(&files);
	return result;
}
